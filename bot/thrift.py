"""Keep a process small and its garbage collector quiet; nothing here changes what the service does."""

from __future__ import annotations

import contextlib
import ctypes
import gc

_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h


def one_heap() -> None:
    """Let all threads share one heap, some 8 MB less; call it before there are threads.

    glibc gives each thread a heap of its own and keeps what is freed there, though only one of ours runs at a time.
    """
    with contextlib.suppress(AttributeError, OSError):  # another libc has no such word
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def spare_the_collector() -> None:
    """Keep Python's garbage collector from walking again and again through what stays for good.

    FAQ index, model and tables are half a million objects; a full walk takes 120 ms, in which nobody is answered,
    and cost 11 % of a message's CPU. What is there at the start is left out from now on, and new objects are looked
    through every 5,000 instead of every 700.
    """
    gc.collect()
    give_back_memory()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)


def give_back_memory() -> None:
    """Hand what only learning needed back to the system, some 15 MB; only glibc keeps it and has a word for that."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
