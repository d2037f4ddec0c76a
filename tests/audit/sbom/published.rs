//! Validates bills of materials with the schemas that their standards publish, and with other people's readers.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use anyhow::{Result, anyhow, ensure};
use jsonschema::{Retrieve, Uri, Validator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_cyclonedx::cyclonedx::v_1_6::CycloneDx;
use serde_json::{Value, json};
use serde_spdx::spdx::v_2_3::Spdx;

use crate::schemas::{sources_of, validate};

/// A bill in CycloneDX must be valid by the standard's own schema, and be read by another reader without loss.
pub fn check_cyclonedx(text: &str) -> Result<Value> {
    static PUBLISHED: OnceLock<Result<Validator, String>> = OnceLock::new();
    let id = "http://cyclonedx.org/schema/bom-1.6.schema.json";
    let schema = || read("serde-cyclonedx", "schemas/cyclonedx_1_6.json", id);
    check::<CycloneDx>(text, published(&PUBLISHED, schema)?)
}

/// The same for SPDX.
pub fn check_spdx(text: &str) -> Result<Value> {
    static PUBLISHED: OnceLock<Result<Validator, String>> = OnceLock::new();
    let id = "http://spdx.org/rdf/terms/2.3";
    let schema = || read("serde-spdx", "schemas/spdx_2_3.json", id);
    check::<Spdx>(text, published(&PUBLISHED, schema)?)
}

fn check<T: DeserializeOwned + Serialize>(text: &str, schema: &Validator) -> Result<Value> {
    let bill: Value = serde_json::from_str(text)?;
    validate(schema, &bill)?;
    let read: T = serde_json::from_value(bill.clone())?;
    let again = without_nulls(serde_json::to_value(read)?);
    ensure!(again == bill, "read and written again, it is:\n{again:#}");
    Ok(bill)
}

/// Returns the schema in the sources of a crate, which cargo has.
fn read(package: &str, file: &str, id: &str) -> Result<Validator> {
    let schema = fs::read(sources_of(package)?.join(file))?;
    let schema: Value = serde_json::from_slice(&schema)?;
    ensure!(
        schema["$id"] == id,
        "it is another schema: {}",
        schema["$id"]
    );
    let options = jsonschema::options()
        .should_validate_formats(true)
        .with_retriever(Neighbours);
    options.build(&schema).map_err(|error| anyhow!("{error}"))
}

fn published(
    once: &'static OnceLock<Result<Validator, String>>,
    read: impl FnOnce() -> Result<Validator>,
) -> Result<&'static Validator> {
    let validator = once.get_or_init(|| read().map_err(|error| format!("{error:#}")));
    validator.as_ref().map_err(|error| anyhow!("{error}"))
}

/// The schemas that CycloneDX's refers to. Identifiers of licences are those of the spdx crate, which has SPDX's list. Nothing is
/// signed.
struct Neighbours;

impl Retrieve for Neighbours {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        let path = uri.path().as_str();
        match Path::new(path).file_name().and_then(|name| name.to_str()) {
            Some("spdx.schema.json") => {
                let licenses = spdx::identifiers::LICENSES.iter();
                let ids: Vec<_> = licenses.map(|license| license.name).collect();
                Ok(json!({ "enum": ids }))
            }
            Some("jsf-0.82.schema.json") => Ok(json!({ "definitions": { "signature": false } })),
            _ => Err(format!("no schema {path}").into()),
        }
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            members
                .map(|(name, value)| (name, without_nulls(value)))
                .collect()
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

#[test]
fn what_the_standards_refuse_is_refused() -> Result<()> {
    let cyclonedx = |rest: Value| {
        let mut bill = json!({ "bomFormat": "CycloneDX", "specVersion": "1.6" });
        for (name, value) in rest.as_object().into_iter().flatten() {
            bill[name] = value.clone();
        }
        check_cyclonedx(&bill.to_string())
    };
    cyclonedx(json!({}))?;
    cyclonedx(
        json!({ "components": [{ "type": "library", "name": "x", "licenses": [{ "license": { "id": "MIT" } }] }] }),
    )?;
    for bad in [
        json!({ "serialNumber": "1" }),
        json!({ "components": [{ "name": "x" }] }),
        json!({ "components": [{ "type": "library", "name": "x", "licenses": [{ "license": { "id": "mit" } }] }] }),
        json!({ "services": [{ "name": "x", "unit": "y" }] }),
        json!({ "dependencies": [{ "dependsOn": [] }] }),
        json!({ "vulnerabilities": [{ "analysis": { "justification": "component_not_present" } }] }),
    ] {
        ensure!(cyclonedx(bad.clone()).is_err(), "accepted: {bad}");
    }
    let spdx = |packages: Value| {
        let bill = json!({
            "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "x",
            "documentNamespace": "https://example.org/x",
            "creationInfo": { "created": "1970-01-01T00:00:00Z", "creators": ["Tool: x-1"] },
            "packages": packages
        });
        check_spdx(&bill.to_string())
    };
    let package = json!({ "SPDXID": "SPDXRef-x", "name": "x", "downloadLocation": "NOASSERTION" });
    spdx(json!([package]))?;
    ensure!(spdx(json!([{ "name": "x" }])).is_err());
    ensure!(
        spdx(
            json!([{ "SPDXID": "SPDXRef-x", "name": "x", "downloadLocation": "NONE", "unit": "y" }])
        )
        .is_err()
    );
    Ok(())
}
