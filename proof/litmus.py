# SPDX-License-Identifier: GPL-2.0-only
"""Litmus tests of the kernel's memory model: checks their form, and runs them in herd7."""

import os
import re
import shutil
import subprocess
import tempfile

STUBS = """
typedef struct { int counter; } atomic_t;
typedef struct { int locked; } spinlock_t;
#define READ_ONCE(x) (x)
#define WRITE_ONCE(x, v) ((x) = (v))
void smp_mb(void), smp_rmb(void), smp_wmb(void), smp_mb__before_atomic(void);
void spin_lock(spinlock_t *), spin_unlock(spinlock_t *);
int atomic_read(atomic_t *), atomic_read_acquire(atomic_t *), atomic_xchg_acquire(atomic_t *, int);
int atomic_fetch_dec_release(atomic_t *);
void atomic_inc(atomic_t *), atomic_dec(atomic_t *), atomic_set_release(atomic_t *, int);
int smp_load_acquire(int *);
void smp_store_release(int *, int);
"""
# Primitives that order, and what they are without the order
WEAKER = [(r"smp_store_release\((\w+), ", r"WRITE_ONCE(*\1, "), (r"smp_load_acquire\((\w+)\)", r"READ_ONCE(*\1)"),
          (r"atomic_set_release", "atomic_set"), (r"atomic_read_acquire", "atomic_read"),
          (r"(atomic_\w+)_(acquire|release)\(", r"\1_relaxed("), (r"^\tsmp_\w*mb\w*\(\);\n", "")]
PROCESS = re.compile(r"^P(\d+)\((.*?)\)\n(\{\n.*?^\})$", re.M | re.S)


class Litmus:
    def __init__(self, path):
        self.name = os.path.basename(path).removesuffix(".litmus")
        self.path = path
        with open(path, encoding="ascii") as file:
            self.text = file.read()
        self.code = re.sub(r"\(\*.*?\*\)", "", self.text, flags=re.S)

    def weakened(self):
        """Variants of the test, each with one barrier, one acquire or release, or the lock of one process less: a
        name and the text of each"""
        lines = self.text.splitlines(keepends=True)
        start = next(i for i, line in enumerate(lines) if line.startswith("P0("))
        for i, line in enumerate(lines[start:], start):
            for order, without in WEAKER:
                weaker = re.sub(order, without, line)
                if weaker != line:
                    yield f"line_{i + 1}", "".join([*lines[:i], weaker, *lines[i + 1:]])
                    break
        for process in PROCESS.finditer(self.text):
            unlocked = re.sub(r"^\tspin_\w+\(.*\n", "", process[0], flags=re.M)
            if unlocked != process[0]:
                yield f"lock_of_P{process[1]}", self.text.replace(process[0], unlocked)

    def problems(self, kdir):
        """Errors in the test's form"""
        processes = PROCESS.findall(self.code)
        condition = re.search(r"^exists \((.*)\)\s*\Z", self.code, re.M | re.S)
        if not self.code.startswith(f"C {self.name}\n"):
            yield "the first line does not name it"
        if not re.search(r"^ \* Result: Never$", self.text, re.M):
            yield "no Result: Never"
        if not list(self.weakened()):
            yield "nothing orders its accesses"
        if not re.search(r"^\{[^}]*\}$", self.code, re.M):
            yield "no initial values"
        if [int(number) for number, *_ in processes] != list(range(len(processes))) or len(processes) < 2:
            yield "no processes P0, P1 and so on"
        if not condition:
            yield "no condition"
            return
        for number, register in re.findall(r"(\d+):(\w+)", condition[1]):
            if int(number) >= len(processes) or not re.search(rf"\bint \*?{register};", processes[int(number)][2]):
                yield f"{number}:{register} is not declared"
        yield from self.unknown_primitives(kdir)
        yield from self.compile(processes)

    def unknown_primitives(self, kdir):
        """Calls that the kernel's memory model does not define"""
        with open(os.path.join(kdir, "tools/memory-model/linux-kernel.def"), encoding="utf-8") as file:
            known = set(re.findall(r"^(\w+)\(", file.read(), re.M))
        for call in set(re.findall(r"\b(\w+)\(", self.code)) - known:
            if not re.fullmatch(r"P\d+|if|exists", call):
                yield f"{call}() is not in linux-kernel.def"

    @staticmethod
    def compile(processes):
        code = STUBS + "\n".join(f"void P{number}({args})\n{body}" for number, args, body in processes)
        done = subprocess.run(["gcc", "-fsyntax-only", "-Wall", "-Wno-unused-but-set-variable", "-Werror", "-x",
                               "c", "-"], input=code, text=True, capture_output=True, check=False)
        if done.returncode:
            yield done.stderr



def judge(text, kdir):
    """herd7's result: Never, Sometimes, Always; None if herd7 is not installed"""
    if not shutil.which("herd7"):
        return None
    folder = os.path.join(kdir, "tools/memory-model")
    with tempfile.NamedTemporaryFile("w", suffix=".litmus") as copy:
        copy.write(text)
        copy.flush()
        done = subprocess.run(["herd7", "-conf", "linux-kernel.cfg", copy.name], cwd=folder, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    match = re.search(r"^Observation \S+ (\w+)", done.stdout, re.M)
    return match[1] if match else done.stdout
