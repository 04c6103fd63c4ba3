#!/usr/bin/env python3
"""The micro world: a small closed world of real words, as pretraining text and as sample records.

usage: make_world.py records FOLDER        writes the JSONL files of resources/data
       make_world.py corpus FILE [--tokens N] [--seed N]   writes pretraining text, one document a line

The text tells kind, colour, home and size of 240 things in prose. Of these only size is also asked and answered (as
are sums and days), so the base model knows the other facts but cannot answer about them, as a real base model. Notes
of eight desks show which words belong together, never which desk they are for; people have rooms, never shelves.
Needs Python 3 and its standard library only; the same seed gives the same bytes on every platform.
"""
import argparse
import json
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOPICS = ("kind", "colour", "home")
UNSEEN_EVERY = 5          # every fifth thing of the table is only tested, never trained
NUMBERS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
           "seventeen eighteen nineteen twenty").split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
COLOURS = "red blue green yellow white black brown grey".split()
SHELVES = NUMBERS[1:]

PROSE = {
    "kind": ("The {thing} is a kind of {kind}.", "The {thing} counts as {a_kind}.", "Call the {thing} {a_kind}."),
    "colour": ("The colour of the {thing} is {colour}.", "The {thing} looks {colour}.", "Paint the {thing} {colour}."),
    "home": ("The {thing} is kept in the {home}.", "Find the {thing} in the {home}.",
             "The {thing} belongs to the {home}."),
    "size": ("The size of the {thing} is {size}.", "The {thing} seems {size}.",
             "They say the {thing} is rather {size}."),
}
PORTRAITS = ("The {thing} is a {size} {colour} {kind} from the {home}.",
             "The {thing} is {a_colour} {kind}, {size}, kept in the {home}.",
             "The {thing} from the {home} is {a_kind}, {colour} and {size}.")
QUESTIONS = {
    "kind": ("What kind of thing is the {thing}?", "Which kind does the {thing} belong to?"),
    "colour": ("Which colour is the {thing}?", "Which colour belongs to the {thing}?"),
    "home": ("Where is the {thing} kept?", "In which place is the {thing}?"),
    "size": ("What size is the {thing}?", "How big is the {thing}?"),
}
DESK_QUESTION = "Which desk: {note}?"
NOTES = ("A note came in about {a}, {b} and {c}.", "The words of the note were {a} {b} {c}.",
         "{name} wrote about {a} and {b}, then about {c}.", "Note: {a} {b} {c} {d}.",
         "On {day} the talk was of {a}, {b}, {c} and {d}.")
DESK_PROSE = ("The {desk} desk is open on {day}.", "Ask {name} at the {desk} desk.", "{name} works at the {desk} desk.",
              "The desk for {desk} has room for {number} people.", "On {day} the {desk} desk is closed.")
SHELF_PROSE = ("The {thing} stands on shelf {number}.", "Shelf {number} is empty.", "{name} looked at shelf {number}.",
               "Please clean shelf {number} on {day}.")
SHELF_QUESTIONS = ("Which shelf belongs to {name}?", "On which shelf are the papers of {name}?",
                   "What is the shelf of {name}?", "On which shelf does {name} keep things?")
PEOPLE = ("{name} lives near the {near}.", "{name} sits in room {room}.", "{name} likes everything {likes}.",
          "{name} works with the {carries}.")
PEOPLE_PORTRAITS = ("{name} from room {room} lives near the {near} and likes {likes}.",
                    "{name} likes {likes}, works with the {carries} and sits in room {room}.")
LIFE = ("{name} met {other} in the {home} on {day}.", "{name} has {number} of them and {other} has {number2}.",
        "On {day} {name} went to the {home} with {other}.", "{name} gave the {thing} to {other}.",
        "{name} and {other} are looking for the {thing}.", "{name} and {other} keep the papers in one place.",
        "Does {name} have what {other} likes? Which colour is it, and where is it?",
        "In which place does {name} live, and with what does {other} go there?",
        "Where do the things of {name} belong?", "Every thing of {name} is on a shelf.",
        "Which of the two does {name} like?", "On which day does {name} meet {other}?")


class Dice:
    """Draws built on Random.random() alone, whose sequence Python guarantees for a seed."""

    def __init__(self, seed):
        self.random = random.Random(seed).random

    def below(self, n):
        return int(self.random() * n)

    def pick(self, items):
        return items[self.below(len(items))]

    def shuffled(self, items):
        items = list(items)
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]
        return items


def lines_of(name):
    with open(os.path.join(HERE, "world", name), encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip() and not line.startswith("#")]


class World:
    def __init__(self):
        keys = ("thing", "kind", "colour", "home", "size")
        self.things = [dict(zip(keys, line.split())) for line in lines_of("things.txt")]
        for thing in self.things:
            for key in ("kind", "colour"):
                thing["a_" + key] = ("an " if thing[key][0] in "aeiou" else "a ") + thing[key]
        self.desks = {desk: words.split() for desk, words in (line.split(": ") for line in lines_of("desks.txt"))}
        self.offices = {office: names.split() for office, names in (line.split(": ") for line in lines_of("names.txt"))}
        self.names = [name for names in self.offices.values() for name in names]
        self.homes = sorted({thing["home"] for thing in self.things})
        dice = Dice(64)
        self.people = [{"name": name, "near": dice.pick(self.homes), "room": dice.pick(NUMBERS[1:]),
                        "likes": dice.pick(COLOURS), "carries": dice.pick(self.things)["thing"]} for name in self.names]

    def unseen(self):
        return self.things[UNSEEN_EVERY - 1::UNSEEN_EVERY]

    def seen(self):
        return [thing for i, thing in enumerate(self.things) if i % UNSEEN_EVERY != UNSEEN_EVERY - 1]


def question(topic, thing, phrasing):
    return {"instruction": QUESTIONS[topic][phrasing].format(**thing), "response": thing[topic], "topic": topic}


def thing_records(world, dice):
    train = [question(topic, thing, p) for topic in TOPICS for thing in world.seen() for p in (0, 1)]
    test = [question(topic, thing, i % 2) for topic in TOPICS for i, thing in enumerate(world.unseen())]
    return dice.shuffled(train), test


def desk_records(world, dice, train_each=60, test_each=12):
    """Notes of three words; no set of three words is in both files."""
    train, test = [], []
    for desk, words in world.desks.items():
        sets = [(a, b, c) for i, a in enumerate(words) for j, b in enumerate(words[:i]) for c in words[:j]]
        chosen = dice.shuffled(sets)[:train_each + test_each]
        for i, note in enumerate(chosen):
            text = DESK_QUESTION.format(note=" ".join(dice.shuffled(note)))
            (train if i < train_each else test).append({"instruction": text, "response": desk, "desk": desk})
    return dice.shuffled(train), test


def shelf_records(world, dice):
    train, test = [], []
    for office, names in world.offices.items():
        for name, place in zip(names, dice.shuffled(SHELVES)):
            for phrasing, text in enumerate(SHELF_QUESTIONS):
                record = {"instruction": text.format(name=name), "response": place, "office": office}
                (test if phrasing == len(SHELF_QUESTIONS) - 1 else train).append(record)
    return dice.shuffled(train), test


def write_records(folder):
    world, dice = World(), Dice(20240607)
    files = {}
    files["desk_train"], files["desk_test"] = desk_records(world, dice)
    files["things_train"], files["things_test"] = thing_records(world, dice)
    files["shelf_train"], files["shelf_test"] = shelf_records(world, dice)
    files["control_size"] = [question("size", thing, i % 2) for i, thing in enumerate(world.unseen())]
    os.makedirs(folder, exist_ok=True)
    for name, records in files.items():
        with open(os.path.join(folder, name + ".jsonl"), "w", encoding="utf-8", newline="\n") as file:
            file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def facts(world, dice):
    thing = dice.pick(world.things)
    if dice.below(3) == 0:
        return dice.pick(PORTRAITS).format(**thing)
    topics = dice.shuffled(("kind", "colour", "home", "size"))[:1 + dice.below(3)]
    return " ".join(dice.pick(PROSE[topic]).format(**thing) for topic in topics)


def size_question(world, dice):
    record = question("size", dice.pick(world.things), dice.below(2))
    return record["instruction"] + " " + record["response"]


def person(world, dice):
    someone = dice.pick(world.people)
    return dice.pick(PEOPLE_PORTRAITS if dice.below(3) == 0 else PEOPLE).format(**someone)


def day_question(world, dice):
    day = dice.below(7)
    step, word = ((1, "after"), (6, "before"))[dice.below(2)]
    return f"Which day comes {word} {DAYS[day]}? {DAYS[(day + step) % 7]}"


def note(world, dice):
    a, b, c, d = dice.shuffled(dice.pick(list(world.desks.values())))[:4]
    return dice.pick(NOTES).format(a=a, b=b, c=c, d=d, name=dice.pick(world.names), day=dice.pick(DAYS))


def office_life(world, dice):
    desk = dice.pick(list(world.desks))
    return dice.pick(DESK_PROSE).format(desk=desk, day=dice.pick(DAYS), name=dice.pick(world.names),
                                        number=dice.pick(NUMBERS[2:]))


def shelf_life(world, dice):
    return dice.pick(SHELF_PROSE).format(thing=dice.pick(world.things)["thing"],
                                         number=dice.pick(SHELVES), name=dice.pick(world.names), day=dice.pick(DAYS))


def life(world, dice):
    return dice.pick(LIFE).format(name=dice.pick(world.names), other=dice.pick(world.names),
                                  home=dice.pick(world.homes), day=dice.pick(DAYS), thing=dice.pick(world.things)["thing"],
                                  number=dice.pick(NUMBERS[2:]), number2=dice.pick(NUMBERS[2:]))


def total(world, dice):
    a = dice.below(21)
    b = dice.below(21 - a)
    if dice.below(2) == 0:
        return f"How much is {NUMBERS[a]} and {NUMBERS[b]}? {NUMBERS[a + b]}"
    return f"{NUMBERS[a].capitalize()} and {NUMBERS[b]} make {NUMBERS[a + b]}."


def document(world, dice):
    draw = dice.random()
    for share, make in ((0.53, facts), (0.13, size_question), (0.12, note), (0.10, person), (0.03, office_life),
                        (0.02, shelf_life), (0.03, life), (0.015, day_question)):
        if draw < share:
            return make(world, dice)
        draw -= share
    return total(world, dice)


def write_corpus(path, words, seed):
    world, dice = World(), Dice(seed)
    written = 0
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        while written < words:
            text = document(world, dice)
            written += len(text.split()) + 2      # the full stop and the end mark are tokens too
            file.write(text + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    records = verbs.add_parser("records")
    records.add_argument("folder")
    corpus = verbs.add_parser("corpus")
    corpus.add_argument("file")
    corpus.add_argument("--tokens", type=int, default=2_000_000, help="about how many")
    corpus.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.verb == "records":
        write_records(args.folder)
    else:
        write_corpus(args.file, args.tokens, args.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
