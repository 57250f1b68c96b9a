"""What importing the ops does to the allocator."""

import platform
import subprocess
import sys

PROGRAM = """
import resource
import numpy as np
{first}
def image_after_image():
    arrays = [np.ones((224, 224, 3), np.float32) for _ in range(5)]
for _ in range(20):
    image_after_image()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(50):
    image_after_image()
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 50)
"""


def faults(first: str) -> float:
    """Page faults a round of making and freeing five images' arrays."""
    program = PROGRAM.format(first=first)
    return float(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout)


def test_freed_arrays_are_kept_for_the_next_ones() -> None:
    """With the ops imported, arrays that come and go cost next to no page faults (630 a round without, with glibc)."""
    allowed = 10 if platform.libc_ver()[0] == "glibc" else faults("")
    assert faults("import tfqueue.ops") <= allowed
