"""Writes a template with the programs of another: `with_programs.py <built> <changed> <to>`.

`built` is what `sam build` made of a template: its functions name the folders of their programs.
`changed` is the template with changes of its own. `to` is written beside `built`.
"""

import sys

from samcli.yamlhelper import yaml_dump, yaml_parse

built, changed, to = sys.argv[1:]
with open(built, encoding="utf-8") as file:
    programs = yaml_parse(file.read())["Resources"]
with open(changed, encoding="utf-8") as file:
    template = yaml_parse(file.read())
for name, resource in template["Resources"].items():
    if resource["Type"] == "AWS::Serverless::Function":
        resource["Properties"]["CodeUri"] = programs[name]["Properties"]["CodeUri"]
with open(to, "w", encoding="utf-8") as file:
    file.write(yaml_dump(template))
