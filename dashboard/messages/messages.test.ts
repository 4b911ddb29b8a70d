import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "svelte/compiler";
import type { AST } from "svelte/compiler";
import ts from "typescript";
import { expect, test } from "vitest";
import { getConfig, Hub } from "wuchale";
import { reading, readCatalogues, ROOT, textOf } from "./catalogue.ts";
import { ELEMENTS, READ } from "./shown.ts";

const read = (file: string): string => readFileSync(resolve(ROOT, file), "utf8");
const items = await readCatalogues();

/** Reads all of the dashboard, which takes long where others use the machine; ms. */
const PATIENT = 240_000;

test(
  "the catalogues hold the texts of the program as it is, and none besides",
  { timeout: PATIENT },
  async () => {
    const hub = await Hub.create(
      "cli",
      () => getConfig(resolve(ROOT, "wuchale.config.ts")),
      ROOT,
      0,
      reading,
    );
    expect(await hub.check(true), "npm run texts -w dashboard writes them anew").toMatchObject({
      errors: [],
      syncs: [],
    });
    expect(items.filter((item) => item.references.length === 0)).toEqual([]);
  },
);

/** Parameters and marked-up parts, and the space around a text that is put together with others. */
const holes = (text: string): string[] =>
  [...text.matchAll(/\{\w+\}|<\/?\d+\/?>|^ | $/g)].map(([hole]) => hole).toSorted();

test("every text is there in both languages, with the same parts", () => {
  const lacking = items.filter((item) => {
    const [en, es] = [textOf(item, "en"), textOf(item, "es")];
    return es.trim() === "" || holes(en).join() !== holes(es).join();
  });
  expect(lacking.map((item) => textOf(item, "en"))).toEqual([]);
});

/** The texts of each file, cut at what is filled in. */
const known = new Map<string, Set<string>>();
for (const item of items)
  for (const { file } of item.references) {
    const pieces = known.get(file) ?? new Set();
    for (const piece of textOf(item, "en").split(/\{\d+\}|<\/?\d+\/?>/)) pieces.add(piece.trim());
    known.set(file, pieces);
  }

const tidy = (text: string): string => text.replace(/\s+/g, " ").trim();
/** Initials and units are the same in every language. */
const isRead = (text: string): boolean => /\p{L}{2}/u.test(text) && tidy(text) !== "Tocsin";

/** What a component shows without passing it through the catalogue: words between its tags, and attributes that are read. */
function strayIn(file: string): string[] {
  const stray: string[] = [];
  const look = (text: string) => {
    if (isRead(text) && !known.get(file)?.has(tidy(text))) stray.push(`${file}: ${tidy(text)}`);
  };
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== "object" || node === null || !("type" in node)) return;
    const one = node as AST.SvelteNode;
    if (one.type === "Attribute") {
      if (Array.isArray(one.value) && READ.test(one.name))
        for (const part of one.value) if (part.type === "Text") look(part.data);
      return;
    }
    if (one.type === "StyleDirective") return;
    if (one.type === "RegularElement" && ELEMENTS.has(one.name)) return;
    if (one.type === "Text") return look(one.data);
    for (const [key, value] of Object.entries(one)) if (key !== "css") visit(value);
  };
  visit(parse(read(file), { modern: true, filename: file }).fragment);
  return stray;
}

const sources = readdirSync(resolve(ROOT, "src"), { recursive: true, encoding: "utf8" }).map(
  (path) => `src/${path}`,
);

test("no component shows a text that is not in the catalogue", () => {
  const components = sources.filter((file) => file.endsWith(".svelte"));
  expect(components.length).toBeGreaterThan(100);
  expect(components.flatMap(strayIn)).toEqual([]);
});

/** Calls and places whose sentences are for whoever mends the program. */
const UNREAD = /^(must|Problem|closest|querySelector)$/;

/** Sentences in the program's own files, which the catalogue would have if anybody were shown them. */
function sentencesIn(file: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node)) return;
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && UNREAD.test(node.expression.getText()))
      return;
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) {
      const isSentence = /\p{L}{2,}[,;:]? \p{L}{2,}[^=]*$/u.test(node.text) && !/[[\]'#]/.test(node.text);
      if (isSentence && !known.get(file)?.has(tidy(node.text))) found.push(`${file}: ${node.text}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true));
  return found;
}

test("no sentence of the program's own files is past the catalogue", () => {
  const files = sources.filter((file) => file.endsWith(".ts") && !/(\.test|\.d|fixture)\.ts$/.test(file));
  expect(files.flatMap(sentencesIn)).toEqual([]);
});
