// The story, told by openapi-fetch on the types of openapi-typescript. Asks process.argv: the address, an operator's token.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/schema";

const [address, operator] = process.argv.slice(2) as [string, string];
const as = (token: string) => createClient<paths>({ baseUrl: address, headers: { Authorization: `Bearer ${token}` } });
const community = "valley-fetch";
const path = { community };

const founded = await as(operator).POST("/v1/communities", {
  body: {
    code: community, name: "Valley", objective: "Work for all", language: "en", visibility: "members",
    support: { code: "support", name: "Support", kind: "association" },
  },
});
assert.equal(founded.response.status, 201);
const support = as(founded.data!.token!);

for (const code of ["east", "west"]) {
  const joined = await support.POST("/v1/communities/{community}/actors", {
    params: { path }, body: { code, name: code, kind: "association", role: "member", groups: ["founders"], left: "2030-12-31" },
  });
  assert.equal(joined.response.status, 201);
}

const proposed = await support.POST("/v1/communities/{community}/proposals", {
  params: { path },
  body: {
    title: "Count jobs", rationale: "Agreed.",
    changes: [{
      kind: "define_indicator", indicator: "jobs", objective: "common",
      definition: {
        name: "Jobs", unit: "people", measure: "quantity", nature: "flow", over_time: "sum", over_actors: "sum",
        direction: "increase", frequency: "Q",
      },
    }],
  },
});
assert.equal(proposed.data?.status, "adopted");

const contribute = (value: string, key?: string, expected_revision?: number) =>
  support.POST("/v1/communities/{community}/contributions", {
    params: { path, header: key ? { "Idempotency-Key": key } : {} },
    body: { indicator: "jobs", actor: "east", period: "2025-Q1", value, expected_revision } as never,
  });
const first = await contribute("12345678901234567890.000000000001", "k-1");
const again = await contribute("12345678901234567890.000000000001", "k-1");
assert.equal(again.response.headers.get("Idempotent-Replayed"), "true");
assert.deepEqual(first.data, again.data);
const read = await support.GET("/v1/communities/{community}/contributions/{contribution}", {
  params: { path: { community, contribution: first.data!.id } },
});
assert.equal(read.data?.value, "12345678901234567890.000000000001");
assert.equal((await contribute("0.20", undefined, 7)).error?.status, 409);

const rows = "indicator,actor,period,value\njobs,west,2025-Q1,0.20\n";
const upload = (body: BodyInit, headers: Record<string, string | null>) =>
  support.POST("/v1/communities/{community}/imports", {
    params: { path, header: { prefer: "wait=10" } }, body: "" as never, bodySerializer: () => body, headers,
  });
const form = new FormData();
form.set("file", new Blob([rows], { type: "text/csv" }), "jobs.csv");
assert.equal((await upload(rows, { "Content-Type": "text/csv" })).data?.created, 1);
assert.equal((await upload(form, { "Content-Type": null })).data?.unchanged, 1);
const wrong = await upload(rows.replace("0.20", "n.d."), { "Content-Type": "text/csv" });
assert.equal(wrong.data?.status, "rejected");
assert.equal(wrong.data?.errors[0]?.row, 2);
const report = await support.GET("/v1/communities/{community}/imports/{import_id}/report", {
  params: { path: { community, import_id: wrong.data!.id } }, parseAs: "text",
});
assert.match(report.data!, /suggestion/);

const found: string[] = [];
let cursor: string | null = null;
do {
  const query: { limit: number; cursor?: string } = { limit: 1, ...(cursor ? { cursor } : {}) };
  const answer = await support.GET("/v1/communities/{community}/actors", { params: { path, query } });
  const page = answer.data as components["schemas"]["ActorList"];
  found.push(...page.items.map((actor) => actor.code));
  cursor = page.next_cursor;
} while (cursor);
assert.deepEqual(found.sort(), ["east", "support", "west"]);

const figure = (more: object, header: object) =>
  support.GET("/v1/communities/{community}/indicators/{indicator}/figure", {
    params: { path: { community, indicator: "jobs" }, query: { from: "2025-Q1", to: "2025-Q1", ...more }, header },
  });
const asked = await figure({}, {});
assert.equal(asked.data?.value, "12345678901234567890.200000000001");
const known = await figure({ as_of: asked.data!.as_of }, { "If-None-Match": asked.response.headers.get("ETag") });
assert.equal(known.response.status, 304);

const refused = await contribute("1e5");
assert.equal(refused.error?.status, 422);
assert.equal(refused.error?.errors?.[0]?.pointer, "/value");

const actor = { params: { path: { community, actor: "east" } } };
const before = await support.GET("/v1/communities/{community}/actors/{actor}", actor);
const change = (tag: string | null, body: { name?: string; left?: null }) =>
  support.PATCH("/v1/communities/{community}/actors/{actor}", { params: { ...actor.params, header: { "If-Match": tag } }, body });
const tag = before.response.headers.get("ETag");
const kept = await change(tag, { name: "E" });
assert.equal(kept.data?.left, "2030-12-31");
assert.equal((await change(tag, { left: null })).error?.status, 412);
const openEnded = await change(kept.response.headers.get("ETag"), { left: null });
assert.equal(openEnded.data?.left, null);
assert.deepEqual(openEnded.data?.groups, ["founders"]);
console.log("told");
