"""Run by the Python of an environment that has followthemoney: prints what the library loses of a file of entities, and
where the copy of its model is not true."""

import json
import sys

from followthemoney import model

path, copy = sys.argv[1:]
with open(copy, encoding="utf-8") as file:
    for name, schema in json.load(file)["schemata"].items():
        own = model.get(name)
        if sorted(own.required) != schema["required"]:
            print(name, "requires", own.required)
        for prop, stated in schema["properties"].items():
            about = own.properties[prop]
            if " ".join(filter(None, (about.type.name, about.range and about.range.name))) != stated:
                print(name, prop, about.type.name, about.range)
with open(path, encoding="utf-8") as file:
    for line in file:
        stated = json.loads(line)
        proxy = model.get_proxy(stated, cleaned=False)
        for prop, values in stated["properties"].items():
            kept = proxy.get(prop)
            if sorted(kept) != sorted(set(values)):
                print(stated["id"], prop, values, kept)
