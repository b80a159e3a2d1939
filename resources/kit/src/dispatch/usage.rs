//! What the binary says of itself to somebody who runs it by hand.

use crate::Resource;

pub(super) fn text<R: Resource>() -> String {
    let name = R::NAME;
    let summary = R::SUMMARY;
    format!(
        "{summary}

{name} is a Concourse resource type. Concourse runs it with a JSON payload on stdin; by hand:

  {name} check      < payload.json   list versions: {{\"source\": {{…}}, \"version\": {{…}}?}}
  {name} in FOLDER  < payload.json   fetch one:     {{\"source\": {{…}}, \"version\": {{…}}, \"params\": {{…}}?}}
  {name} out FOLDER < payload.json   make one:      {{\"source\": {{…}}, \"params\": {{…}}}}
  {name} --schema                    print the JSON Schemas of source, version and params
  {name} --version                   print the version
"
    )
}
