"""Runs model.tflite on input.npz in TensorFlow Lite, without OffByN, and compares with what OffByN and the candidate say.

Needs numpy and one of ai-edge-litert, tflite-runtime, tensorflow. Exit code 0: reproduced, that is, TFLite gives expected.npz and
actual.npz differs from it. 1: not reproduced here; another version or processor may compute otherwise.
"""
import importlib
import os
import sys

import numpy

RESOLVER = "@RESOLVER@"
CAPTURED_WITH = "@CAPTURED_WITH@"


def runtime():
    for name in ("ai_edge_litert.interpreter", "tflite_runtime.interpreter", "tensorflow.lite"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    sys.exit("install ai-edge-litert, tflite-runtime or tensorflow")


def load(name):
    with numpy.load(os.path.join(os.path.dirname(os.path.abspath(__file__)), name)) as tensors:
        return {key: tensors[key] for key in tensors.files}


def compute():
    module = runtime()
    resolvers = getattr(module, "OpResolverType", None) or importlib.import_module("tensorflow").lite.experimental.OpResolverType
    interpreter = module.Interpreter(
        model_path=os.path.join(os.path.dirname(os.path.abspath(__file__)), "model.tflite"),
        experimental_op_resolver_type=getattr(resolvers, RESOLVER))
    interpreter.allocate_tensors()
    interpreter.reset_all_variables()
    for key, value in load("input.npz").items():
        interpreter.set_tensor(int(key.removeprefix("input_")), value)
    interpreter.invoke()
    return {key: interpreter.get_tensor(int(key.removeprefix("state_"))) for key in load("expected.npz")}


def differing(expected, actual):
    both_nan = (expected != expected) & (actual != actual)
    return numpy.argwhere((expected != actual) & ~both_nan)


def main():
    computed, expected, actual = compute(), load("expected.npz"), load("actual.npz")
    same = all(len(differing(value, computed[key])) == 0 for key, value in expected.items())
    print(f"TFLite {'gives' if same else 'does NOT give'} expected.npz ({RESOLVER}; captured with {CAPTURED_WITH})")
    apart = False
    for key, value in actual.items():
        elements = differing(computed[key], value)
        apart |= len(elements) > 0
        print(f"tensor {key}: {len(elements)} of {value.size} elements of actual.npz differ from TFLite")
        for element in elements[:10]:
            index = tuple(element)
            print(f"  [{','.join(map(str, index))}]: expected {computed[key][index]}, actual {value[index]}")
    return 0 if same and apart else 1


sys.exit(main())
