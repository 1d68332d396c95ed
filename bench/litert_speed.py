"""Times LiteRT's own invoke, on demand, so that it can be measured in turn with something else.

usage: litert_speed.py MODEL FLAVOUR THREADS
For each line read, the number of invocations, prints the milliseconds of each, separated by spaces.
"""
import sys
import time

import numpy as np
from ai_edge_litert import interpreter as runtime

FLAVOURS = {
    "ref": runtime.OpResolverType.BUILTIN_REF,
    "opt": runtime.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    "xnn": runtime.OpResolverType.BUILTIN,
}

model, flavour, threads = sys.argv[1:4]
interpreter = runtime.Interpreter(
    model_path=model, num_threads=int(threads), experimental_op_resolver_type=FLAVOURS[flavour])
interpreter.allocate_tensors()
for detail in interpreter.get_input_details():
    codes = np.random.default_rng(0).integers(0, 256, detail["shape"]).astype(np.uint8)
    interpreter.set_tensor(detail["index"], codes.view(detail["dtype"]))
interpreter.invoke()
print("ready", flush=True)
for line in sys.stdin:
    times = []
    for _ in range(int(line)):
        start = time.perf_counter()
        interpreter.invoke()
        times.append((time.perf_counter() - start) * 1000)
    print(*(f"{t:.3f}" for t in times), flush=True)
