"""Writes offbyn.json into the virtual environment whose Python runs this: what the worker needs to know before it starts that Python.

Asking an interpreter takes longer than a capture, so set-up asks once.
"""
import hashlib
import importlib
import importlib.metadata
import json
import os
import platform
import sys
import sysconfig

RUNTIMES = [("litert", "ai-edge-litert", "ai_edge_litert.interpreter"), ("tflite-runtime", "tflite-runtime", "tflite_runtime.interpreter")]


def shared_libpython():
    name = sysconfig.get_config_var("INSTSONAME") or ""
    folders = [sysconfig.get_config_var("LIBDIR") or "", os.path.join(sys.base_prefix, "lib")]
    paths = [os.path.join(folder, name) for folder in folders if ".so" in name]
    found = next((path for path in paths if os.path.exists(path)), None)
    return found or sys.exit(f"{sys.executable}: has no shared libpython (looked for {', '.join(paths) or 'a Python built with --enable-shared'})")


def load_runtime():
    for runtime, package, module in RUNTIMES:
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
        return runtime, version, module, importlib.import_module(module)
    sys.exit(f"{sys.prefix}: has none of the packages {', '.join(package for _, package, _ in RUNTIMES)}")


def largest_library(folder):
    """The library that computes: the largest one of the package's that importing it has mapped."""
    with open("/proc/self/maps") as maps:
        mapped = {line.split(maxsplit=5)[5].strip() for line in maps if line.count("/")}
    return max((path for path in mapped if path.startswith(folder + os.sep)), key=os.path.getsize)


def main():
    runtime, version, module, loaded = load_runtime()
    library = largest_library(os.path.dirname(os.path.realpath(loaded.__file__)))
    with open(library, "rb") as content:
        digest = hashlib.sha256(content.read()).hexdigest()
    description = {
        "runtime": runtime, "version": version, "module": module, "python": platform.python_version(), "libpython": shared_libpython(),
        "program": sys.executable, "library": library, "libraryBytes": os.path.getsize(library), "librarySha256": digest,
    }
    target = os.path.join(sys.prefix, "offbyn.json")
    with open(target + ".new", "w") as out:
        json.dump(description, out, indent=2)
    os.replace(target + ".new", target)


main()
