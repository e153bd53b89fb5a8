// Holds values against schemas, and objects against the published schemas of Kubernetes and of the Prometheus operator.
//
//   node check.js FILE
//
// FILE is a JSON list of {"schema": ..., "value": ...} and {"object": ...}. The output is a JSON list as long, of lists of faults.
import { readFileSync } from "node:fs";
import Ajv from "ajv";

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

// A property that is not allowed, or not there, is named as if it were the place.
function describe(error) {
  const property = error.params.additionalProperty ?? error.params.propertyName ?? error.params.missingProperty;
  return `${error.instancePath}${property === undefined ? "" : `/${property}`}: ${error.message}`;
}

const checks = JSON.parse(readFileSync(process.argv[2], "utf8"));
const faults = [];
for (const check of checks) {
  faults.push("object" in check ? await faultsOfObject(check.object) : faultsOfValue(check.schema, check.value));
}
console.log(JSON.stringify(faults));
