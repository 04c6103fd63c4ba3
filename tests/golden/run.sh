#!/bin/sh
# Every golden case in DIR through the verbs score, train and generate, compared with what stands there; one line a check, a
# summary, exit 1 on a miss. Further arguments go to the verbs:
#   sh tests/golden/run.sh DIR [--device cpu|cuda] [--precision auto|f32|bf16|int8]
# FEDLLM names the program (default: build/release/bin/fedllm). On a GPU the tolerances are ten times as wide; with bf16 or
# int8 losses alone are compared, within 0.02.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
fedllm=${FEDLLM:-$root/build/release/bin/fedllm}
[ $# -ge 1 ] || { echo "usage: run.sh DIR [--device cpu|cuda] [--precision TYPE]" >&2; exit 2; }
[ -x "$fedllm" ] || { echo "run.sh: $fedllm is not there: build it, or name it in FEDLLM" >&2; exit 2; }
dir=$1; shift
compare=
case " $* " in *" cuda "*) compare="--factor 10" ;; esac
case " $* " in *" bf16 "*|*" int8 "*) compare="$compare --low" ;; esac
out=$(mktemp -d) || exit 2
trap 'rm -rf "$out"' EXIT
trap 'exit 130' INT TERM

# The first list of numbers, or the first number, behind a key of a JSON file.
numbers() { tr -d ' \n' <"$1" | sed -n "s/.*\"$2\":{*\(\"prompt\":\)*\[\([0-9,]*\)\].*/\2/p"; }
number() { tr -d ' \n' <"$1" | sed -n "s/.*\"adamw\":{[^}]*\"$2\":\([0-9.e+-]*\).*/\1/p"; }

cases=0; missed=
for case in "$dir"/*/; do
  case=${case%/}
  { [ -f "$case/config.json" ] && [ -f "$case/inputs.json" ] && [ -f "$case/expected.json" ]; } || continue
  cases=$((cases + 1))
  ours=$out/$cases; mkdir "$ours"
  verb() { name=$1; shift; "$fedllm" "$@" --model "$case" --json >"$ours/$name.json" || echo "run.sh: $1 failed for $name of $case" >&2; }
  verb score score --inputs "$case/inputs.json" --logits "$ours/score.safetensors" "$@"
  prompt=$(numbers "$case/expected.json" greedy)
  [ -z "$prompt" ] || verb generate generate --tokens "$prompt" --max-new 12 --greedy --ignore-eos "$@"
  lr=$(number "$case/expected.json" lr); decay=$(number "$case/expected.json" weight_decay)
  for adapter in "$case"/adapter_*/; do
    adapter=${adapter%/}; kind=${adapter##*/adapter_}
    case $kind in *_after*|'*') continue ;; esac
    verb "score_$kind" score --adapter "$adapter" --inputs "$case/inputs.json" --logits "$ours/score_$kind.safetensors" "$@"
    train() { name=$1; shift; verb "$name" train --adapter-init "$adapter" --inputs "$case/inputs.json" --steps 5 --lr "${lr:-0.01}" --weight-decay "${decay:-0.01}" "$@"; }
    train "train_${kind}_noclip" --save "$ours/adapter_$kind" "$@"
    train "train_${kind}_clip" --clip 0.25 "$@"
    verb "after_$kind" score --adapter "$ours/adapter_$kind" --inputs "$case/inputs.json" --logits "$ours/after_$kind.safetensors" "$@"
  done
  # shellcheck disable=SC2086  # one word an option
  "$fedllm" golden "$case" --ours "$ours" $compare || missed="$missed ${case##*/}"
done
[ "$cases" -gt 0 ] || { echo "run.sh: no case in $dir" >&2; exit 2; }
if [ -n "$missed" ]; then echo "MISSED in:$missed"; exit 1; fi
echo "all $cases cases pass"
