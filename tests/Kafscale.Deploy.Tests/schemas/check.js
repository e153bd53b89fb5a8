// Holds values against schemas, and objects against the published schemas of Kubernetes and of the Prometheus operator.
//
//   node check.js FILE
//
// FILE is a JSON list of {"schema": ..., "value": ...}, of the same with "rules": true and perhaps "old": ... for the rules in CEL in the schema of a
// custom resource alone, and of {"object": ...}. The output is a JSON list as long, of lists of faults.
import { readFileSync } from "node:fs";
import Ajv from "ajv";
import { run } from "@bufbuild/cel";

const othersPackages = { "monitoring.coreos.com": "@kubernetes-models/prometheus-operator" };
const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false });

function faultsOfValue(schema, value) {
  const validate = ajv.compile(schema);
  return validate(value) ? [] : validate.errors.map(describe);
}

async function faultsOfObject(object) {
  const group = object.apiVersion.split("/")[0];
  const model = await import(`${othersPackages[group] ?? "kubernetes-models"}/${object.apiVersion}/${object.kind}`);
  try {
    new model[object.kind](object).validate();
    return [];
  } catch (fault) {
    return [fault.message];
  }
}

// Words of CEL are fields under other names in rules.
const reserved = new Set(
  ("true false null in as break const continue else for function if import let loop package namespace return var void while").split(" "),
);

// Whole numbers are int in rules, as the schema says; all numbers of these schemas are whole.
function asCel(value) {
  if (Array.isArray(value)) {
    return value.map(asCel);
  }
  if (value !== null && typeof value === "object") {
    return new Map(Object.entries(value).map(([name, field]) => [reserved.has(name) ? `__${name}__` : name, asCel(field)]));
  }
  return typeof value === "number" ? BigInt(value) : value;
}

// A rule about oldSelf counts only where there was a value before; of elements of lists it is not known which one that was.
function* faultsByRules(schema, value, old, place) {
  for (const { rule, message } of schema["x-kubernetes-validations"] ?? []) {
    if (/\boldSelf\b/.test(rule) && old === undefined) {
      continue;
    }
    const verdict = run(rule, { self: asCel(value), ...(old === undefined ? {} : { oldSelf: asCel(old) }) });
    if (verdict !== true) {
      yield `${place}: ${verdict === false ? message : `${rule} fails: ${verdict.message}`}`;
    }
  }
  if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) {
      yield* faultsByRules(schema.items ?? {}, element, undefined, `${place}/${index}`);
    }
  } else if (value !== null && typeof value === "object") {
    for (const [name, field] of Object.entries(value)) {
      const below = schema.properties?.[name] ?? schema.additionalProperties;
      if (below !== undefined && below !== true) {
        yield* faultsByRules(below, field, old?.[name], `${place}/${name}`);
      }
    }
  }
}

// A property that is not allowed, or not there, is named as if it were the place.
function describe(error) {
  const property = error.params.additionalProperty ?? error.params.propertyName ?? error.params.missingProperty;
  return `${error.instancePath}${property === undefined ? "" : `/${property}`}: ${error.message}`;
}

const checks = JSON.parse(readFileSync(process.argv[2], "utf8"));
const faults = [];
for (const check of checks) {
  if ("object" in check) {
    faults.push(await faultsOfObject(check.object));
  } else if (check.rules) {
    faults.push([...faultsByRules(check.schema, check.value, check.old, "")]);
  } else {
    faults.push(faultsOfValue(check.schema, check.value));
  }
}
console.log(JSON.stringify(faults));
