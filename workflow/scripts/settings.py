"""What a configuration asks for: checked, with plain messages, and as the jobs and flags that follow from it."""
import difflib
import pathlib
import re

import jsonschema
import yaml

SCHEMA = pathlib.Path(__file__).resolve().parent.parent / "config.schema.yaml"

# Files of the task that gomonge synth writes, by what they are for.
SYNTHETIC_FILES = {"source": "source.csv", "target": "train.csv", "test": "test.csv", "truth": "truth.csv"}

# Options of the data that gomonge evaluate and gomonge transport have as well as gomonge fit.
OF_ROWS = ("layer", "obsm", "rows", "weight", "id")

SHIPS = "norman-subset"  # the data of gomonge combination that are no file

DEFAULTS = {"gomonge": "gomonge", "backend": "auto", "out": "runs/workflow", "also": [], "judge": {}, "predict": False, "resources": {}}
RESOURCES = {"threads": 1, "mem_mb": 4000, "runtime": 240}


class ConfigError(ValueError):
    """All that is wrong with a configuration, a line each."""


def checked(config):
    """The configuration with defaults filled in; ConfigError says what is wrong with it."""
    config = with_text_keys(config)
    with open(SCHEMA, encoding="utf-8") as f:
        validator = jsonschema.Draft202012Validator(yaml.safe_load(f))
    wrong = [line for e in sorted(validator.iter_errors(config), key=lambda e: [str(p) for p in e.absolute_path]) for line in explain(e)]
    if not wrong:
        config = {**DEFAULTS, **config}
        wrong = [*wrong_task(config), *wrong_names(config), *wrong_conditions(config)]
    if wrong:
        raise ConfigError("the configuration cannot be used:\n" + "\n".join("  " + line for line in wrong))
    return config


def with_text_keys(value):
    """The value with keys of mappings as text: YAML reads a name such as 1 as a number."""
    if isinstance(value, dict):
        return {str(k): with_text_keys(v) for k, v in value.items()}
    if isinstance(value, list):
        return [with_text_keys(v) for v in value]
    return value


def explain(error):
    """What a schema's error says, in a line or more."""
    where = ".".join(str(p) for p in error.absolute_path) or "the configuration"
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = list(error.schema.get("properties", {}))
        for key in error.instance:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                yield f"{where} has {key!r}, which is none of its keys ({'nearest: ' + near[0] if near else 'they are ' + ', '.join(known)})"
    elif error.validator == "required":
        yield f"{where} has no " + " and no ".join(repr(k) for k in error.validator_value if k not in error.instance)
    elif error.validator in ("minItems", "minProperties"):
        yield f"{where} is empty: name at least one"
    elif error.validator == "uniqueItems":
        yield f"{where} is {error.instance!r}: one stands there twice"
    else:
        kind = error.schema.get("type", "")
        wanted = error.schema.get("description") or "of type " + (kind if isinstance(kind, str) else " or ".join(kind))
        yield f"{where} is {error.instance!r}: it should be {wanted}"


def wrong_task(config):
    """What does not go together in a task."""
    task = config["task"]
    forms = [form for form in ("synth", "data", "source", "experiment") if form in task]
    if len(forms) != 1:
        yield f"task has {' and '.join(forms) or 'no data'}: give one of synth, data with control, source with target, or experiment"
        return
    if "experiment" in task:
        yield from wrong_experiment(config)
        return
    if "conditions" not in task:
        yield "task has no 'conditions': name the variables that make a condition"
    for name, fold in config["folds"].items():
        if isinstance(fold, dict):
            yield f"folds.{name} has flags, which are an experiment's: list the conditions that it holds out"
    for form, partner in (("data", "control"), ("source", "target")):
        if (form in task) != (partner in task):
            yield f"task has {form if form in task else partner} without {partner if form in task else form}"
    if "synth" in task and "options" in task:
        yield "task.options are of your own tables: synth has its own"
    if "data" in task and config["predict"] and "rows" in task.get("options", {}):
        yield "predict carries the rows of task.control, and gomonge transport takes one --rows: leave task.options.rows out, or give source and target"


def wrong_experiment(config):
    """What an experiment has no use for."""
    for key in ("control", "conditions"):
        if key in config["task"]:
            yield f"task.{key} is none of an experiment's keys: what it takes stands under options"
    for key in ("also", "judge", "predict"):
        if config[key]:
            yield f"{key} is of fits: an experiment judges by itself"
    for name, method in config["methods"].items():
        if "opt" in (method or {}):
            yield f"methods.{name}.opt is of fits: an experiment's methods have no options of that kind"
    for name, fold in config["folds"].items():
        if not isinstance(fold, dict):
            yield f"folds.{name} lists conditions: of an experiment a fold has flags, such as {{folds: dose=10}} for dosage or {{splits: 21}} for combination"


def wrong_names(config):
    """Names that cannot be those of folders."""
    for key in ("methods", "folds"):
        for name in config[key]:
            if not re.fullmatch(r"[\w+-][\w.+-]*", name):
                yield f"{key} has {name!r}: such a name becomes a folder's, so use letters, digits and . _ + - alone"


def wrong_conditions(config):
    """Conditions that name variables which the task does not have, or that stand for the same folder."""
    if "conditions" not in config["task"] or any(isinstance(c, dict) for c in config["folds"].values()):
        return  # of an experiment, or said already
    variables = [spec.split(":")[0] for spec in config["task"]["conditions"]]
    for where, conditions in [*((f"folds.{f}", c) for f, c in config["folds"].items()), ("also", config["also"])]:
        for text in conditions:
            for name in names_in(text):
                if name not in variables:
                    yield f"{where} has {text!r}: {name} is no variable of task.conditions ({', '.join(variables)})"
    for fold, conditions in config["folds"].items():
        judged = [*conditions, *config["also"]]
        if not judged:
            yield f"folds.{fold} holds nothing out and also is empty: no condition of it would be judged"
        slugs = [slug(c) for c in judged]
        for text, s in zip(judged, slugs):
            if slugs.count(s) > 1:
                yield f"folds.{fold}: {text!r} stands there twice, in also perhaps, or its folder {s} is that of another condition"


def names_in(text):
    """The variables that a condition names: dose=1,set=A+B names dose and set."""
    return [item.split("=")[0].strip() for item in re.split(r",(?=[^,=]+=)", text)]


def slug(condition):
    """A condition as the name of a folder."""
    return re.sub(r"[^\w.=+,-]", "_", condition)


def flags(options):
    """A mapping as flags of gomonge; a list repeats its flag, and so does the value false switch off."""
    words = []
    for name, value in options.items():
        for v in value if isinstance(value, list) else [value]:
            words.append(f"--{name}={text(v)}")
    return words


def text(value):
    """A value as gomonge's flags have it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


class Grid:
    """The jobs of a checked configuration, and the words of their commands."""

    def __init__(self, config):
        self.config = config
        self.task = config["task"]
        self.out = config["out"].rstrip("/")
        self.synthetic = "synth" in self.task
        self.experiment = self.task.get("experiment")

    def fits(self):
        """(method, fold, seed) of each fit."""
        c = self.config
        return [(m, f, str(s)) for m in c["methods"] for f in c["folds"] for s in c["seeds"]]

    def judged(self):
        """(method, fold, seed, slug of a condition) of each judgement of a fit."""
        return [(*fit, slug(condition)) for fit in self.fits() for condition in self.conditions(fit[1])]

    def tables(self):
        """The folders that have tables to gather, each with (method, fold, seed)."""
        if self.experiment:
            return [("/".join((self.out, "experiments", *fit)), fit) for fit in self.fits()]
        return [("/".join((self.out, "judged", *job)), job[:3]) for job in self.judged()]

    def conditions(self, fold):
        """The conditions that are judged in a fold."""
        return [*self.config["folds"][fold], *self.config["also"]]

    def condition(self, fold, name):
        """The condition that has this slug."""
        return next(c for c in self.conditions(fold) if slug(c) == name)

    def method(self, name):
        """What gomonge calls the method of this name."""
        return (self.config["methods"][name] or {}).get("method", name)

    def run(self, method, fold, seed, files):
        """The command that runs an experiment with one method on one fold; files says where that of files("experiment") lies."""
        own = self.config["methods"][method] or {}
        words = [self.config["gomonge"], self.experiment, "--methods", self.method(method), "--seed", seed, "--backend", self.config["backend"]]
        return words + self.steps(own) + flags({**self.task.get("options", {}), **files}) + flags(self.config["folds"][fold]) + flags(own.get("options", {}))

    def steps(self, own):
        steps = own.get("steps", self.config.get("steps"))
        return [f"--steps={steps}"] if steps else []

    def vectors(self):
        """Files of vectors that conditions name, by the variable."""
        specs = (spec.partition(":vector=") for spec in self.task.get("conditions", []))
        return {name: file for name, found, file in specs if found}

    def files(self, rule):
        """The files that a rule's jobs read, by what they are: data, or some of source, target, test and truth; vectors_NAME of a fit."""
        if self.experiment:
            data = self.task.get("options", {}).get("data")
            return {"data": data} if data not in (None, SHIPS) else {}
        own = "data" in self.task
        if self.synthetic:
            known = {k: f"{self.out}/task/{name}" for k, name in SYNTHETIC_FILES.items()}
        else:
            known = {k: self.task[k] for k in ("data", "source", "target") if k in self.task}
        wanted = {"fit": ["source", "target"], "judge": ["test", "truth"] if self.synthetic else ["source", "target"], "transport": ["source"]}
        files = {k: known[k] for k in (["data"] if own else wanted[rule])}
        if rule == "fit":
            files |= {f"vectors_{name}": file for name, file in self.vectors().items()}
        return files

    def synth(self):
        return [self.config["gomonge"], "synth", *flags(self.task["synth"])]

    def fit(self, method, fold, seed, files):
        """The command that fits; files says where those of files("fit") lie."""
        own = self.config["methods"][method] or {}
        words = [self.config["gomonge"], "fit", "--method", self.method(method), "--seed", seed, "--backend", self.config["backend"], "--judge=false"]
        words += [f"--{k}={files[k]}" for k in ("data", "source", "target") if k in files]
        for spec in self.task["conditions"]:
            name, found, _ = spec.partition(":vector=")
            words.append("--condition=" + (f"{name}:vector={files['vectors_' + name]}" if found else spec))
        if "control" in self.task:
            words.append("--control=" + self.task["control"])
        words += [f"--holdout={c}" for c in self.config["folds"][fold]]
        words += self.steps(own)
        words += [f"--opt={key}={text(value)}" for key, value in own.get("opt", {}).items()]
        return words + flags(self.task.get("options", {})) + flags(own.get("options", {}))

    def of_rows(self):
        return flags({k: v for k, v in self.task.get("options", {}).items() if k in OF_ROWS})

    def judge(self, fold, name, model, files):
        """The command that judges a fit under one condition."""
        words = [self.config["gomonge"], "evaluate", "--model", f"{model}/model", "--backend", self.config["backend"], "--condition", self.condition(fold, name)]
        if self.synthetic:
            words += ["--data", files["test"], "--truth", files["truth"]]
        elif "data" in files:
            words += ["--data", files["data"], "--control", self.task["control"]]
        else:
            words += ["--data", files["target"], "--source", files["source"]]
        if "match" in self.task.get("options", {}):
            words += flags({"match": self.task["options"]["match"]})
        return words + self.of_rows() + flags({"yardsticks": False, **self.config["judge"]})

    def transport(self, fold, name, model, files):
        """The command that carries the source points to one condition."""
        words = [self.config["gomonge"], "transport", "--model", f"{model}/model", "--backend", self.config["backend"], "--condition", self.condition(fold, name)]
        if "data" not in files:
            return words + ["--data", files["source"], *self.of_rows()]
        return words + ["--data", files["data"], *self.of_rows(), "--rows", self.task["control"]]

    def resources(self, rule):
        return {**RESOURCES, **self.config["resources"].get(rule, {})}
