"""AEStudio: train autoencoders and see what they do."""

import os

__version__ = "0.1.0"

# Before torch is imported anywhere: its threads then spin only shortly before they sleep. By default they spin for so
# long that three trainings on two cores were ten times slower than with this, and a window beside one training is such
# a neighbour. GNU's OpenMP spins a tenth as long again where a program has more such threads than cores, as a window
# has, unless the policy is said to be active: a training there then ran at 0.7 of its speed, not 0.9. Other kinds of
# OpenMP would take an active policy for endless spinning; they are told milliseconds.
if "OMP_WAIT_POLICY" not in os.environ and "GOMP_SPINCOUNT" not in os.environ:
    os.environ["OMP_WAIT_POLICY"], os.environ["GOMP_SPINCOUNT"] = "ACTIVE", "1000"
    os.environ.setdefault("KMP_BLOCKTIME", "1")

# Before numpy is imported anywhere: its linear algebra is of small matrices here, for which a second thread is of no
# use; beside trainings on all cores it is waited for, spinning. The noise of a picture of 400×300 was estimated in 28
# seconds there, and in 1.4 with this.
if "OMP_NUM_THREADS" not in os.environ:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Large tensors on huge pages: a convolution on a large picture otherwise spends half of its time on page faults. Only
# Linux knows this, and only where the system lets programs ask for them.
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
