"""Print every command with its arguments and options, from what the program itself knows."""

import typer

import imu_ankle.cli  # noqa: F401 - registers them
from imu_ankle.cli.app import app


def rows(command):
    """Yield name and help of each parameter."""
    for parameter in command.params:
        if parameter.name == "help":
            continue
        names = ", ".join(parameter.opts + parameter.secondary_opts)
        if parameter.param_type_name == "argument":
            names = (parameter.metavar or parameter.name).upper()
        text = " ".join((parameter.help or "").split()).replace("|", "\\|")
        needed = " (needed)" if parameter.required else ""
        yield f"| `{names}` | {text}{needed} |"


def describe(name, command):
    if getattr(command, "commands", None):
        for each, below in command.commands.items():
            yield from describe(f"{name} {each}", below)
        return
    yield f"### `{name}`"
    yield ""
    yield from (" ".join(part.split()) for part in (command.help or "").split("\n\n"))
    found = list(rows(command))
    if found:
        yield ""
        yield "| | |"
        yield "|---|---|"
        yield from found
    yield ""


def main():
    for line in describe("imu-ankle", typer.main.get_command(app)):
        print(line)


if __name__ == "__main__":
    main()
