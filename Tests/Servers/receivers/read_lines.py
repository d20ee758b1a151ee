"""Reads lines of Tributary as receivers of packaging/receivers do, and compares them with the events.

usage: read_lines.py RECEIVERS LINES

LINES is a folder: expected.json, a list of events in canonical JSON, and NAME.lines for each NAME below, a message a
line, in the order of the events. Every mistake is printed; the exit code is 1 when there is one.
"""
import configparser
import datetime
import json
import pathlib
import re
import sys

receivers, lines = map(pathlib.Path, sys.argv[1:])
events = json.loads((lines / "expected.json").read_bytes())
mistakes = []


def expect(is_so, name, index, what):
    if not is_so:
        mistakes.append(f"{name}, event {index}: {what}")


def messages(name):
    found = (lines / f"{name}.lines").read_bytes().decode().split("\n")[:-1]
    expect(len(found) == len(events), name, "-", f"{len(found)} lines of {len(events)}")
    return found


def moment(stamp):
    return datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00"))


# Splunk: props.conf and transforms.conf.

def stanzas(file):
    parser = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#",), strict=True)
    parser.optionxform = str
    parser.read_string((receivers / "splunk" / file).read_text())
    return parser


def splunk_time(stanza, line):
    """TIME_PREFIX, TIME_FORMAT and MAX_TIMESTAMP_LOOKAHEAD, Splunk's %6N and %:z in Python's words."""
    start = re.search(stanza["TIME_PREFIX"], line).end()
    text = line[start:start + int(stanza["MAX_TIMESTAMP_LOOKAHEAD"])]
    pattern = stanza["TIME_FORMAT"].replace("%6N", "%f").replace("%:z", "%z")
    stamp = re.match(r"[0-9T:.-]+(?:Z|[+-]\d\d:\d\d)", text).group()
    parsed = datetime.datetime.strptime(stamp, pattern)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=datetime.timezone.utc)


def splunk_fields(line):
    """KV_MODE = auto_escaped: key="value" with \\" and \\\\ undone; keys have _ for what is no word."""
    found = {}
    for key, value in re.findall(r'(?:^|\s)([A-Za-z_][\w.]*)="((?:[^"\\]|\\.)*)"', line):
        found.setdefault(re.sub(r"\W", "_", key), re.sub(r'\\(["\\])', r"\1", value))
    return found


props, transforms, inputs = stanzas("props.conf"), stanzas("transforms.conf"), stanzas("inputs.conf")
types = {section[len("source::"):] if section.startswith("source::") else section for section in props.sections()}
for section in inputs.sections():
    expect(inputs[section]["sourcetype"] in types, "splunk", "-", f"{section} names no stanza of props.conf")
for section in props.sections():
    for key, value in props[section].items():
        if key.startswith(("REPORT-", "TRANSFORMS-")):
            expect(value in transforms.sections(), "splunk", "-", f"{section} {key} names no stanza")
for name, section in [("splunk-file", "tributary:events"), ("splunk", "tributary:syslog")]:
    stanza = props[section]
    found = messages(name)
    stream = "".join(line + "\n" for line in found)
    broken = re.sub(stanza["LINE_BREAKER"], "\n", stream).split("\n")[:-1]
    expect(broken == found, name, "-", "LINE_BREAKER")
    for index, (line, event) in enumerate(zip(found, events)):
        expect(len(line.encode()) <= int(stanza["TRUNCATE"]), name, index, "TRUNCATE")
        expect(splunk_time(stanza, line) == moment(event["time"]), name, index, "the stamp")
        fields = splunk_fields(line)
        for key in ["id", "source", "user", "kind", "host"]:
            value = event.get(key, "")
            # Values with escapes that Splunk leaves as they are compare in the escaped form.
            if value and value.isprintable() and value.isascii():
                expect(fields.get(key) == value, name, index, f"{key}: {fields.get(key)!r} for {value!r}")
        match = re.search(transforms["tributary_arguments"]["REGEX"], line)
        expect(bool(match) == bool(event.get("arguments")), name, index, "arguments")
        if name == "splunk":
            host = re.search(transforms["tributary_host"]["REGEX"], line)
            expect(host is not None and host.group(1) == line.split(" ")[2], name, index, "the host of the header")


# Elastic: the grok pattern in Python's words, then JSON and what the pipeline copies.

pipeline = json.loads((receivers / "elastic" / "tributary-pipeline.json").read_text())
processors = [next(iter(processor.items())) for processor in pipeline["processors"]]
grok = dict(processors)["grok"]["patterns"][0]
grok = grok.replace("%{NONNEGINT:log.syslog.priority:int}", r"(?P<priority>\d+)")
grok = grok.replace("%{GREEDYDATA:tributary_json}", r"(?P<json>.*)")
expect("%{" not in grok, "elastic", "-", f"a pattern that is not known: {grok}")
copied = {settings["copy_from"] for kind, settings in processors if kind == "set"}
for index, (line, event) in enumerate(zip(messages("elastic"), events)):
    match = re.search(grok, line)
    expect(match is not None, "elastic", index, "grok")
    if match is None:
        continue
    expect(0 <= int(match["priority"]) <= 191, "elastic", index, "priority")
    document = json.loads(match["json"])
    expect(document["id"] == event["id"] and moment(document["time"]) == moment(event["time"]), "elastic", index, "id")
    for path in copied:
        key = path.removeprefix("tributary.")
        expect(document.get(key) == event.get(key), "elastic", index, key)


# Graylog: RFC 5424 with structured data, which has nothing to escape.

header = r"<(\d{1,3})>1 (\S+) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) "
for index, (line, event) in enumerate(zip(messages("graylog"), events)):
    match = re.match(header + r"((?:\[[^ =\]\"]{1,32}(?: [^ =\]\"]{1,32}=\"[^\"\\\]]*\")*\])+) ", line)
    expect(match is not None, "graylog", index, "header and structured data")
    if match:
        expect(f'id="{event["id"]}"' in match[7], "graylog", index, "id")
        expect(moment(match[2]) == moment(event["time"]), "graylog", index, "the stamp")
        names = re.findall(r' ([^ =]+)="', match[7].split("][")[-1])
        expect(len(set(names)) == len(names), "graylog", index, "names that are there twice")


# QRadar: LEEF 2.0, one attribute never has the delimiter; devTime by its format.

for index, (line, event) in enumerate(zip(messages("qradar"), events)):
    match = re.match(header + r"- LEEF:2\.0\|([^|]+)\|([^|]+)\|([^|]+)\|([^|]+)\|\^\|(.*)$", line)
    expect(match is not None, "qradar", index, "header")
    if match is None:
        continue
    expect(match[3] == "tributary", "qradar", index, "hostname of the settings")
    pairs = [pair.partition("=") for pair in match[11].split("^")]
    expect(all(mark == "=" and re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", key) for key, mark, _ in pairs), "qradar", index, "keys")
    values = {key: value for key, _, value in pairs}
    expect(len(values) == len(pairs), "qradar", index, "a key twice")
    expect(values["id"] == event["id"] and 1 <= int(values["sev"]) <= 10, "qradar", index, "id and sev")
    expect(values["devTimeFormat"] == "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "qradar", index, "devTimeFormat")
    stamp = datetime.datetime.strptime(values["devTime"], "%Y-%m-%dT%H:%M:%S.%f%z")
    expect(abs(stamp - moment(event["time"])) < datetime.timedelta(milliseconds=1), "qradar", index, "devTime")


# ArcSight: CEF behind an RFC 3164 header.

for index, (line, event) in enumerate(zip(messages("arcsight"), events)):
    match = re.match(
        r"<\d{1,3}>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [A-Za-z0-9_.-]+ [A-Za-z0-9_./-]{1,32}(?:\[\d+\])?: "
        r"CEF:0((?:\|(?:[^|\\]|\\[|\\])+){6})\|(.*)$", line)
    expect(match is not None, "arcsight", index, "header")
    if match is None:
        continue
    severity = re.findall(r"\|((?:[^|\\]|\\[|\\])+)", match[1])[-1]
    expect(severity in ("0", "3", "6", "8", "10"), "arcsight", index, "severity")
    # A key is a word in front of an equals sign that no backslash escapes; the rest is the value before it.
    parts = re.split(r"(?:^| )([A-Za-z][A-Za-z0-9_]*)(?<!\\)=", match[2])
    expect(parts[0] == "", "arcsight", index, "the extension begins with a key")
    keys, values = parts[1::2], parts[2::2]
    expect(len(set(keys)) == len(keys), "arcsight", index, "a key twice")
    for value in values:
        expect(re.fullmatch(r"(?:[^=\\]|\\[=\\nr])*", value) is not None, "arcsight", index, f"escapes of {value!r}")
    extension = dict(zip(keys, values))
    expect(extension["externalId"] == event["id"], "arcsight", index, "externalId")
    milliseconds = (moment(event["time"]) - datetime.datetime.fromtimestamp(0, datetime.timezone.utc)) / datetime.timedelta(milliseconds=1)
    expect(abs(int(extension["rt"]) - milliseconds) <= 1, "arcsight", index, "rt")
    for key in ["cs1", "cs2", "cs3", "cs4", "cs5", "cn1", "c6a2"]:
        expect((key in extension) == (key + "Label" in extension), "arcsight", index, f"{key} and its label")

print("\n".join(mistakes[:40]))
print(f"{len(events)} events, {len(mistakes)} mistakes")
sys.exit(bool(mistakes))
