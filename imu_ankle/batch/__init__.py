"""Many recordings at once: one pure function, run here, by a pool, or by a cluster."""

import os


def one_thread() -> None:
    """Let linear algebra run on one thread, here and in processes that begin from here.

    Arrays of one trial are small: threads would only fight for the cores. It counts where numpy isn't
    loaded yet, and never against what the user has set.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
