import re
import resource
import sys
from pathlib import Path


def peak_mb() -> float:
    """The largest resident size of this program, in MB of 1,048,576 bytes.

    Linux's `ru_maxrss` of a child begins with that of the process which started it, so the program's own mark is read.
    """
    if not sys.platform.startswith("linux"):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
