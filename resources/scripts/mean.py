#!/usr/bin/env python3
"""An aggregator of one's own (strategy.aggregator "exec:mean.py"): the mean of the clients' adapters, weighted by examples."""
import array, json, shutil, struct, sys

def read(folder):
    with open(folder + "/adapter_model.safetensors", "rb") as file:
        header = file.read(8)
        header += file.read(struct.unpack("<Q", header)[0])
        return header, array.array("f", file.read())   # one float32 after the other, in the order of the header

here = sys.argv[1]
with open(here + "/manifest.json") as file:
    manifest = json.load(file)
total = sum(client["weight"] for client in manifest["clients"])
header, values = read(here + "/" + manifest["global"])
mean = [0.0] * len(values)
for client in manifest["clients"]:
    _, values = read(here + "/" + client["folder"])
    if len(values) != len(mean):
        sys.exit(client["client"] + " has another rank, which this mean cannot take")
    mean = [m + client["weight"] / total * value for m, value in zip(mean, values)]
shutil.copytree(here + "/" + manifest["global"], here + "/" + manifest["result"])
with open(here + "/" + manifest["result"] + "/adapter_model.safetensors", "wb") as file:
    file.write(header + array.array("f", mean).tobytes())
