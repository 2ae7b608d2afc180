"""AEStudio: train autoencoders and see what they do."""

import os

__version__ = "0.1.0"

# Before torch is imported anywhere: its threads then spin only shortly before they sleep. By default they spin for so
# long that three trainings on two cores were ten times slower than with this, and a window beside one training is such
# a neighbour.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")

# Large tensors on huge pages: a convolution on a large picture otherwise spends half of its time on page faults. Only
# Linux knows this, and only where the system lets programs ask for them.
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
