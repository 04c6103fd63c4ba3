#!/usr/bin/python3
"""LoRA fine-tuning of a Llama-type model as one writes it with PyTorch: the reference of `fedllm bench train --vs-python`.

f32, one thread, eager attention, frozen base, LoRA modules beside q, k, v and o, AdamW, rows padded to the longest,
logits at every position and a loss that ignores the positions without a label. It reads a Hugging Face checkpoint
folder (one model.safetensors) and a work file of batches, and prints one JSON object a run:

    pytorch_lora.py --model DIR --work work.json [--steps N] [--turns]

With --turns it waits for a line "run STEPS 1" on its standard input before each run, so that two programs can be measured
in turn. Every run starts from the work's adapter and its first batch. Peak memory is VmHWM now minus VmRSS before the
model is opened, in bytes.
"""
import argparse
import json
import math
import os
import struct
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

try:
    import torch
    import torch.nn.functional as F
    from torch import nn
except ImportError as problem:
    print(json.dumps({"error": "the PyTorch loop cannot run (%s); Debian's package is python3-torch" % problem}))
    sys.exit(0)

torch.set_num_threads(1)

DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def each_tensor(path):
    """Names and tensors of a safetensors file, one in memory at a time."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"][0]):
            begin, end = entry["data_offsets"]
            file.seek(8 + length + begin)
            data = bytearray(end - begin)
            file.readinto(data)
            yield name, torch.frombuffer(data, dtype=DTYPES[entry["dtype"]]).reshape(entry["shape"])


class RMSNorm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x):
        variance = x.pow(2).mean(-1, keepdim=True)
        return self.weight * (x * torch.rsqrt(variance + self.eps))


class Rotary(nn.Module):
    def __init__(self, head_dim, positions, theta):
        super().__init__()
        frequencies = 1.0 / theta ** (torch.arange(0, head_dim, 2).float() / head_dim)
        angles = torch.outer(torch.arange(positions).float(), frequencies)
        angles = torch.cat((angles, angles), dim=-1)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def forward(self, length):
        return self.cos[:length], self.sin[:length]


def rotate_half(x):
    first, second = x.chunk(2, dim=-1)
    return torch.cat((-second, first), dim=-1)


def repeat_kv(x, times):
    if times == 1:
        return x
    batch, heads, length, head_dim = x.shape
    return x[:, :, None].expand(batch, heads, times, length, head_dim).reshape(batch, heads * times, length, head_dim)


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads, self.kv_heads = c["num_attention_heads"], c["num_key_value_heads"]
        self.head_dim = c.get("head_dim") or c["hidden_size"] // self.heads
        self.q_proj = nn.Linear(c["hidden_size"], self.heads * self.head_dim, bias=False)
        self.k_proj = nn.Linear(c["hidden_size"], self.kv_heads * self.head_dim, bias=False)
        self.v_proj = nn.Linear(c["hidden_size"], self.kv_heads * self.head_dim, bias=False)
        self.o_proj = nn.Linear(self.heads * self.head_dim, c["hidden_size"], bias=False)

    def forward(self, x, rotation, mask):
        batch, length, _ = x.shape
        q = self.q_proj(x).view(batch, length, self.heads, self.head_dim).transpose(1, 2)
        k = self.k_proj(x).view(batch, length, self.kv_heads, self.head_dim).transpose(1, 2)
        v = self.v_proj(x).view(batch, length, self.kv_heads, self.head_dim).transpose(1, 2)
        cos, sin = rotation
        q = q * cos + rotate_half(q) * sin
        k = k * cos + rotate_half(k) * sin
        k = repeat_kv(k, self.heads // self.kv_heads)
        v = repeat_kv(v, self.heads // self.kv_heads)
        scores = torch.matmul(q, k.transpose(2, 3)) / math.sqrt(self.head_dim) + mask
        out = torch.matmul(F.softmax(scores, dim=-1), v)
        return self.o_proj(out.transpose(1, 2).reshape(batch, length, -1))


class MLP(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.gate_proj = nn.Linear(c["hidden_size"], c["intermediate_size"], bias=False)
        self.up_proj = nn.Linear(c["hidden_size"], c["intermediate_size"], bias=False)
        self.down_proj = nn.Linear(c["intermediate_size"], c["hidden_size"], bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.self_attn = Attention(c)
        self.mlp = MLP(c)
        self.input_layernorm = RMSNorm(c["hidden_size"], c["rms_norm_eps"])
        self.post_attention_layernorm = RMSNorm(c["hidden_size"], c["rms_norm_eps"])

    def forward(self, x, rotation, mask):
        x = x + self.self_attn(self.input_layernorm(x), rotation, mask)
        return x + self.mlp(self.post_attention_layernorm(x))


class Model(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embed_tokens = nn.Embedding(c["vocab_size"], c["hidden_size"])
        self.layers = nn.ModuleList(Block(c) for _ in range(c["num_hidden_layers"]))
        self.norm = RMSNorm(c["hidden_size"], c["rms_norm_eps"])
        head_dim = c.get("head_dim") or c["hidden_size"] // c["num_attention_heads"]
        self.rotary = Rotary(head_dim, c["max_position_embeddings"], c.get("rope_theta", 10000.0))

    def forward(self, input_ids, attention_mask):
        length = input_ids.shape[1]
        lowest = torch.finfo(torch.float32).min
        causal = torch.full((length, length), lowest).triu(1)
        padding = (1 - attention_mask)[:, None, None, :].float() * lowest
        mask = torch.clamp(causal + padding, min=lowest)
        x = self.embed_tokens(input_ids)
        rotation = self.rotary(length)
        for layer in self.layers:
            x = layer(x, rotation, mask)
        return self.norm(x)


class CausalLM(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.model = Model(c)
        self.lm_head = nn.Linear(c["hidden_size"], c["vocab_size"], bias=False)
        if c.get("tie_word_embeddings"):
            self.lm_head.weight = self.model.embed_tokens.weight

    def forward(self, input_ids, attention_mask, labels):
        logits = self.lm_head(self.model(input_ids, attention_mask))
        return F.cross_entropy(logits[:, :-1].reshape(-1, logits.shape[-1]), labels[:, 1:].reshape(-1), ignore_index=-100)


class LoraLinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base
        self.lora_A = nn.Linear(base.in_features, rank, bias=False)
        self.lora_B = nn.Linear(rank, base.out_features, bias=False)
        self.scaling = alpha / rank

    def forward(self, x):
        return self.base(x) + self.lora_B(self.lora_A(x)) * self.scaling


def load_model(folder):
    with open(os.path.join(folder, "config.json")) as file:
        config = json.load(file)
    config.setdefault("num_key_value_heads", config["num_attention_heads"])
    reset = nn.Linear.reset_parameters, nn.Embedding.reset_parameters
    nn.Linear.reset_parameters = nn.Embedding.reset_parameters = lambda self: None   # the file has every weight
    model = CausalLM(config)
    nn.Linear.reset_parameters, nn.Embedding.reset_parameters = reset
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name, tensor in each_tensor(os.path.join(folder, "model.safetensors")):
            if name in parameters:
                parameters[name].copy_(tensor)
    model.requires_grad_(False)
    return model


def add_lora(model, names, rank, alpha):
    for block in model.model.layers:
        for part in (block.self_attn, block.mlp):
            for name in names:
                if hasattr(part, name):
                    setattr(part, name, LoraLinear(getattr(part, name), rank, alpha))


def load_adapter(model, path):
    modules = dict(model.named_modules())
    with torch.no_grad():
        for key, tensor in each_tensor(path):
            name = key[len("base_model.model."):-len(".weight")]
            modules[name].weight.copy_(tensor)


def make_batch(rows):
    longest = max(len(row["ids"]) for row in rows)
    input_ids = torch.zeros(len(rows), longest, dtype=torch.long)
    attention_mask = torch.zeros(len(rows), longest, dtype=torch.long)
    labels = torch.full((len(rows), longest), -100, dtype=torch.long)
    for i, row in enumerate(rows):
        ids = torch.tensor(row["ids"])
        input_ids[i, : len(ids)] = ids
        attention_mask[i, : len(ids)] = 1
        labels[i, row["prompt"] : len(ids)] = ids[row["prompt"] :]
    return input_ids, attention_mask, labels


def memory(field):
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
    return 0


def train(model, work, steps):
    load_adapter(model, work["adapter"])
    trainable = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trainable, lr=work["learning_rate"], weight_decay=work["weight_decay"])
    losses, tokens = [], 0
    wall, cpu = time.perf_counter(), time.process_time()
    for step in range(steps):
        rows = [work["rows"][i] for i in work["batches"][step % len(work["batches"])]]
        input_ids, attention_mask, labels = make_batch(rows)
        optimizer.zero_grad(set_to_none=True)
        loss = model(input_ids, attention_mask, labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        tokens += int(attention_mask.sum())
    return {"losses": losses, "tokens": tokens, "wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--turns", action="store_true")
    arguments = parser.parse_args()
    with open(arguments.work) as file:
        work = json.load(file)
    before = memory("VmRSS")
    model = load_model(arguments.model)
    add_lora(model, work["target_modules"], work["rank"], work["alpha"])
    model.train()
    turns = sys.stdin if arguments.turns else ["run %d 1" % arguments.steps]
    for line in turns:
        result = train(model, work, int(line.split()[1]))
        result["peak_bytes"] = memory("VmHWM") - before
        result["version"] = torch.__version__
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
