"""What is felt outside of a kernel of Python's, by the names of functions, methods and magics: tables. Pure.

The words are those that the user reads as the reason why a cell is not run again at once.
"""

from __future__ import annotations

WRITES = "writes files"
PROGRAMS = "runs programs"
NETWORK = "talks to the network"
DATABASE = "talks to a database"
INPUT = "asks for input"
ENDS = "may end the kernel"
UNSEEN = "runs text as code"
UNREADABLE = "cannot be read"
NOTHING = ""


def _all(effect: str, names: str, prefix: str = "") -> dict[str, str]:
    return {f"{prefix}{name}": effect for name in names.split()}


MODULES = {
    **_all(PROGRAMS, "subprocess pexpect sh pty"),
    **_all(NETWORK, "requests httpx aiohttp urllib3 http ftplib smtplib imaplib poplib telnetlib paramiko"),
    **_all(NETWORK, "fabric boto3 websocket websockets socket openai xmlrpc webbrowser grpc zmq"),
    **_all(DATABASE, "sqlite3 psycopg psycopg2 pymysql MySQLdb pymongo redis duckdb"),
    **_all(WRITES, "shutil tempfile"),
}
"""What all functions of a module do, but for those in CALLS."""

CALLS = {
    **_all(INPUT, "input raw_input getpass getpass.getpass"),
    **_all(ENDS, "exit quit sys.exit signal.raise_signal"),
    **_all(ENDS, "_exit abort kill killpg execl execle execlp execlpe execv execve execvp execvpe", "os."),
    **_all(UNSEEN, "exec runpy.run_path runpy.run_module"),
    **_all(PROGRAMS, "system popen fork forkpty startfile posix_spawn posix_spawnp", "os."),
    **_all(PROGRAMS, "spawnl spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe", "os."),
    **_all(
        WRITES, "remove unlink rename renames replace mkdir makedirs rmdir removedirs symlink link", "os."
    ),
    **_all(WRITES, "truncate chmod chown write utime mkfifo", "os."),
    **_all(WRITES, "pickle.dump json.dump marshal.dump joblib.dump torch.save yaml.dump shelve.open"),
    **_all(WRITES, "save savez savez_compressed savetxt", "numpy."),
    **_all(WRITES, "logging.FileHandler"),
    **_all(NETWORK, "urllib.request.urlopen urllib.request.urlretrieve"),
    **_all(DATABASE, "sqlalchemy.create_engine"),
    **_all(NOTHING, "shutil.which shutil.disk_usage shutil.get_terminal_size tempfile.gettempdir"),
    **_all(NOTHING, "socket.gethostname http.HTTPStatus"),
}
"""What a function does, by its full name."""

METHODS = {
    **_all(
        WRITES, "to_csv to_parquet to_pickle to_excel to_feather to_hdf to_stata to_netcdf to_zarr savefig"
    ),
    **_all(WRITES, "write_csv write_parquet write_text write_bytes write_html write_image save_pretrained"),
    **_all(WRITES, "unlink rmdir mkdir touch symlink_to hardlink_to"),
    **_all(DATABASE, "to_sql executemany executescript commit"),
    **_all(NETWORK, "urlopen urlretrieve push_to_hub"),
    **_all(PROGRAMS, "system getoutput"),
}
"""What a method does, by its name, whatever it belongs to."""

MUTATORS = frozenset(
    _all(
        NOTHING,
        "append extend insert add update remove discard pop popitem popleft clear sort reverse setdefault"
        " fit fit_transform partial_fit train",
    )
)
"""Methods that change what they belong to, also where their result is used."""

SHOWS = frozenset(
    _all(
        NOTHING,
        "who whos who_ls history hist timeit prun pinfo pinfo2 pdoc pfile psource psearch pdef lsmagic magic"
        " quickref page pycat tb debug pwd dhist connect_info html HTML javascript js latex svg SVG markdown"
        " clear less more man memit lprun mprun",
    )
)
"""Magics that leave nothing behind."""

AROUND = ("time", "capture")
"""Cell magics whose body is run as it stands."""

MAGICS = {
    **_all(NOTHING, "? time capture matplotlib load_ext reload_ext unload_ext autoreload aimport config"),
    **_all(NOTHING, "alias unalias cd pushd popd env set_env precision pylab gui colors xmode pprint pdb"),
    **_all(NOTHING, "autocall automagic rehashx reset reset_selective doctest_mode code_wrap autoawait"),
    **dict.fromkeys(SHOWS, NOTHING),
    **_all(WRITES, "writefile file save store logstart notebook edit ed"),
    **_all(PROGRAMS, "sx sc system bash sh script perl ruby cmd python python2 python3 pypy"),
    **_all(PROGRAMS, "pip conda mamba micromamba uv"),
    "run": UNSEEN,
    "sql": DATABASE,
}
"""What a magic does that is felt outside."""
