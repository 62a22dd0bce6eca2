"""The session as it happened, on disk: `entries` and `cells` say what is in it, `writer` and `reader` do it,
`store` knows where all sessions are.

One folder per session, one append-only file in it, one writer at a time: the process that owns the kernel.
Others read while it writes.
"""
