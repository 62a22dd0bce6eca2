"""Makes the plots that the tests look at, with whatever matplotlib is installed: python make.py"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

HERE = Path(__file__).parent


def save(name: str) -> None:
    plt.savefig(HERE / name, metadata={"Date": None} if name.endswith("svg") else {"Software": None})


plt.switch_backend("agg")
plt.rcParams["svg.hashsalt"] = "the same each time"

x = np.linspace(0, 10, 100)
plt.plot(x, np.sin(x), label="sin")
plt.plot(x, np.cos(x) / 2, label="cos")
plt.title("Two curves")
plt.legend()
save("plot.png")
save("plot.svg")
plt.close()

plt.imshow(np.random.default_rng(1).random((12, 16)))
plt.colorbar()
save("heat.png")
