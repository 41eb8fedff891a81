"""The program of `examples/kernels`: columns stay in its memory, a line of JSON is one run."""

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np


class Kernels:
    """The running program; `about` holds its version, its instructions and its rows."""

    def __init__(self, program, folder):
        command = [program, folder]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.about = self._line()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def ask(self, do, **request):
        self.process.stdin.write(json.dumps({"do": do} | request) + "\n")
        self.process.stdin.flush()
        return self._line()

    def ask_with_numbers(self, do, shape, **request):
        """The answer, the counts, and the list of the statistics that were asked for."""
        with tempfile.TemporaryDirectory() as folder:
            answer = self.ask(do, answer=str(Path(folder) / "answer"), **request)
            counts = np.fromfile(Path(folder) / "answer.count", "<u8").reshape(shape)
            files = sorted(Path(folder).glob("answer.[0-9]*"))
            return answer, counts, [np.fromfile(file, "<f8").reshape(shape) for file in files]

    def large_page_bytes(self):
        return large_page_bytes(self.process.pid)

    def _line(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the kernels program ended with {self.process.wait()}")
        return json.loads(line)


def large_page_bytes(process="self"):
    """Bytes of a process that lie on large pages, by the kernel's count."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("AnonHugePages:"):
            return int(line.split()[1]) * 1024
    return 0
