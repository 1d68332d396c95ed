"""Runs a tapped model once. Called by CaptureSession.cs, which moves tensors by address: pythonnet's buffers refuse several dimensions."""
import ctypes
import gc
import importlib

import numpy

RESOLVERS = {"ref": "BUILTIN_REF", "opt": "BUILTIN_WITHOUT_DEFAULT_DELEGATES", "xnn": "BUILTIN"}


def load(module):
    global runtime
    runtime = importlib.import_module(module)


def capture(model, flavour, threads, inputs, tensors, states, preserves):
    """inputs: (index, shape, address, bytes); returns ([(key, array, dtype, shape, address, bytes)], [(key, reason)], [delegated tensor])."""
    interpreter = runtime.Interpreter(
        model_path=model, num_threads=threads, experimental_preserve_all_tensors=preserves, experimental_op_resolver_type=getattr(runtime.OpResolverType, RESOLVERS[flavour]))
    details = {detail["index"]: detail for detail in interpreter.get_input_details()}
    for index, shape, _, _ in inputs:
        if index in details and list(details[index]["shape"]) != list(shape):
            interpreter.resize_tensor_input(index, list(shape), strict=True)
    interpreter.allocate_tensors()
    interpreter.reset_all_variables()
    read, unread = [], []
    take(interpreter, "initial_", states, read, unread)
    for index, shape, address, size in inputs:
        interpreter.set_tensor(index, array_of(details, index, shape, address, size))
    interpreter.invoke()
    take(interpreter, "", tensors, read, unread)
    take(interpreter, "state_", states, read, unread)
    delegated = [int(t) for op in interpreter._get_ops_details() if op["op_name"] == "DELEGATE" for t in op["outputs"]]
    # A corrupt heap shows at destruction; it must show before the answer is given.
    del interpreter
    gc.collect()
    return read, unread, delegated


def array_of(details, index, shape, address, size):
    if index not in details:
        raise ValueError(f"tensor {index} is not an input; the inputs are {sorted(details)}")
    array = numpy.empty(tuple(shape), details[index]["dtype"])
    if array.nbytes != size:
        raise ValueError(f"input {index}: {array.dtype}{list(shape)} takes {array.nbytes} bytes, found {size}")
    ctypes.memmove(array.ctypes.data, address, size)
    return array


def take(interpreter, prefix, tensors, read, unread):
    for index in tensors:
        key = prefix + str(index)
        try:
            tensor = interpreter.get_tensor(index)
        except ValueError as error:
            unread.append((key, str(error)))
            continue
        array = numpy.ascontiguousarray(tensor)
        read.append((key, array, tensor.dtype.name, tensor.shape, array.ctypes.data, array.nbytes))
