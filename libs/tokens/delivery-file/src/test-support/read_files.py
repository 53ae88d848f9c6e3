"""Reads configuration files with the parsers of Python's standard library, and prints what it found in each as [[key, value], ...]."""

import csv
import json
import plistlib
import sys
import xml.etree.ElementTree as etree


def texts(pairs):
    pairs = list(pairs)
    assert all(isinstance(value, str) for _, value in pairs), "a value is no text"
    return pairs


def read(kind, path):
    if kind == "ios-dict":
        with open(path, "rb") as file:
            return texts(plistlib.load(file, fmt=plistlib.FMT_XML).items())
    if kind == "ios-plist-document":
        with open(path, "rb") as file:
            return texts(plistlib.load(file).items())
    if kind == "mdm-command":
        with open(path, "rb") as file:
            command = plistlib.load(file)
        assert set(command) == {"CommandUUID", "Command"} and command["CommandUUID"] != ""
        assert command["Command"]["RequestType"] == "Settings"
        (setting,) = command["Command"]["Settings"]
        assert set(setting) == {"Item", "Identifier", "Configuration"}
        assert setting["Item"] == "ApplicationConfiguration" and setting["Identifier"] == "com.example.app"
        return texts(setting["Configuration"].items())
    if kind == "appconfig-spec":
        root = etree.parse(path).getroot()
        assert root.tag == "managedAppConfiguration" and root.findtext("bundleId") == "com.example.app"
        fields = [field.get("keyName") for field in root.findall("presentation/field")]
        found = [(one.get("keyName"), one.findtext("defaultValue/value")) for one in root.findall("dict/string")]
        assert fields == [key for key, _ in found]
        return texts(found)
    if kind == "android-intune":
        with open(path, encoding="utf-8") as file:
            policy = json.load(file)
        assert policy["kind"] == "androidenterprise#managedConfiguration" and policy["productId"] == "app:com.example.android"
        return texts((one["key"], one["valueString"]) for one in policy["managedProperty"])
    if kind == "android-amapi":
        with open(path, encoding="utf-8") as file:
            app = json.load(file)
        assert app["packageName"] == "com.example.android"
        return texts(app["managedConfiguration"].items())
    if kind == "keyvalue-csv":
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
        assert all(row["type"] == "STRING" and None not in row for row in rows)
        ios = [(row["key"], row["value"]) for row in rows if row["platform"] == "ios" and row["app"] == "com.example.app"]
        android = [(row["key"], row["value"]) for row in rows if row["platform"] == "android" and row["app"] == "com.example.android"]
        assert ios == android and len(rows) == 2 * len(ios)
        return texts(ios)
    raise ValueError(kind)


sys.stdin.reconfigure(encoding="utf-8")
print(json.dumps([read(one["format"], one["path"]) for one in json.load(sys.stdin)]))
