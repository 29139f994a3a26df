// The released page in a real browser, with real keys and clicks. Prints what passed in the way of Rust's test runner.
// Node's assert, playwright-core and the built page; nothing else.
import assert from "node:assert/strict";
import { launch, serve } from "./browser.mjs";

const desktop = { viewport: { width: 1440, height: 900 }, locale: "en" };
const phone = { viewport: { width: 390, height: 844 }, locale: "en", hasTouch: true, isMobile: true };
const only = process.argv[2];

const server = await serve();
const browser = await launch();
let [passed, failed] = [0, 0];

await test("a first visit shows the example running", desktop, async (page) => {
  await pod(page, "web-node01").getByText("Running").first().waitFor();
  await page.locator(".slip", { hasText: "beacon.yaml" }).waitFor();
  await page.locator(".lines li", { hasText: "Started" }).first().waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
});

await test("a crash loop counts down", desktop, async (page) => {
  await fast(page);
  const ledger = pod(page, "ledger-node01");
  await ledger.getByText(/^(Error|CrashLoopBackOff)$/).waitFor();
  await ledger.locator(".ring text").waitFor();
  await pod(page, "web-node01").getByRole("button").click();
  await ledger.getByRole("button").click();
  await page.locator(".insp").getByText("BackOff").first().waitFor();
  await page.locator(".insp .chain .because").first().waitFor();
});

await test("typing an error shows it, saving a mended file runs it", desktop, async (page) => {
  await open(page, "node01", "beacon.yaml");
  await page.locator(".diag").getByText("spec.containers[0].image: Required value").waitFor();
  await page.locator(".cm-lint-marker-error").first().waitFor();
  await page.locator(".cm-line", { hasText: "- name: beacon" }).click();
  await page.keyboard.press("End");
  await page.keyboard.type("\nimage: busybox:1.36\ncommand: [sleep, 1d]");
  await page.locator(".diag .fine").waitFor();
  await page.locator(".unsaved").waitFor();
  await page.keyboard.press("Control+s");
  await page.locator(".unsaved").waitFor({ state: "detached" });
  await fast(page);
  await pod(page, "beacon-node01").getByText("Running").first().waitFor();
});

await test("Korean and emoji before an error do not move it", desktop, async (page) => {
  await open(page, "node01", "web.yaml");
  await page.locator(".cm-line").first().click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText("# 파드 🐳 고래\napiVersion: v1 # 🐳\nkind: Pod\nmetadata:\n  name: \"A 🐳\"\nspec:\n  containers:\n  - name: web\n    image: nginx\n");
  const range = page.locator(".cm-lintRange-error");
  await range.first().waitFor();
  const marked = (await range.allTextContents()).join("");
  assert.ok(marked.includes("A 🐳"), `marked: ${marked}`);
  const line = await page.locator(".diag .to-line").first().textContent();
  assert.equal(line, "Line 5.");
});

await test("deleting a file ends its pod, undo brings it back", desktop, async (page) => {
  await pod(page, "web-node02").getByText("Running").first().waitFor();
  await row(page, "node02", "web.yaml").hover();
  await page.locator(".folder", { hasText: "node02" }).getByLabel("Delete web.yaml").click();
  await fast(page);
  await pod(page, "web-node02").waitFor({ state: "detached" });
  await row(page, "node02", "web.yaml").waitFor({ state: "detached" });
});

await test("undo writes a deleted file back", desktop, async (page) => {
  await row(page, "node02", "web.yaml").hover();
  await page.locator(".folder", { hasText: "node02" }).getByLabel("Delete web.yaml").click();
  await page.getByRole("status").getByRole("button", { name: "Undo" }).click();
  await row(page, "node02", "web.yaml").waitFor();
});

await test("a new file, another name, a file from disk", desktop, async (page) => {
  await page.getByRole("button", { name: "New file on node02" }).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("tide.yaml");
  await page.keyboard.press("Enter");
  await fast(page);
  await pod(page, "tide-node02").getByText("Running").first().waitFor();
  await row(page, "node02", "tide.yaml").hover();
  await page.getByRole("button", { name: "Rename tide.yaml" }).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("ebb.yaml");
  await page.keyboard.press("Enter");
  await row(page, "node02", "ebb.yaml").waitFor();
  const brought = "apiVersion: v1\nkind: Pod\nmetadata: {name: brought}\nspec: {containers: [{name: c, image: nginx}]}\n";
  await page.getByLabel("Bring files from your disk to node01").setInputFiles({ name: "brought.yaml", mimeType: "text/yaml", buffer: Buffer.from(brought) });
  await pod(page, "brought-node01").getByText("Running").first().waitFor();
});

await test("a file dropped onto a folder is copied into it", desktop, async (page) => {
  const folder = page.locator(".folder", { hasText: "node02" });
  const data = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(["apiVersion: v1\nkind: Pod\nmetadata: {name: dropped}\nspec: {containers: [{name: c, image: nginx}]}\n"], "dropped.yaml"));
    return data;
  });
  await folder.dispatchEvent("dragover", { dataTransfer: data });
  await folder.locator(".drop").waitFor();
  await folder.dispatchEvent("drop", { dataTransfer: data });
  await row(page, "node02", "dropped.yaml").waitFor();
  await pod(page, "dropped-node02").getByText("Running").first().waitFor();
});

await test("a killed container comes back, a restarted kubelet keeps its pods", desktop, async (page) => {
  const web = pod(page, "web-node01");
  await web.getByText("Running").first().waitFor();
  await web.getByRole("button").click();
  await page.getByRole("button", { name: "Kill nginx" }).click();
  await web.getByText(/RESTARTS 1/).waitFor();
  await page.getByRole("button", { name: "Restart the kubelet on node01" }).click();
  await page.waitForTimeout(500);
  await web.getByText(/RESTARTS 1/).waitFor();
});

await test("time is held, stepped and hurried", desktop, async (page) => {
  await page.getByRole("button", { name: "Pause" }).click();
  const clock = () => page.locator(".clock").textContent();
  const held = await clock();
  await page.waitForTimeout(300);
  assert.equal(await clock(), held);
  await page.locator("h1").click();
  // What happens next may be nearer than the tenth of a second that the clock shows.
  for (let step = 0; step < 50 && (await clock()) === held; step += 1) {
    await page.keyboard.press(".");
    await page.waitForTimeout(50);
  }
  assert.notEqual(await clock(), held);
  await page.keyboard.press(" ");
  await page.getByRole("button", { name: "Pause" }).waitFor();
});

await test("another node is another hull and another folder", desktop, async (page) => {
  await page.getByRole("button", { name: "Add a node" }).click();
  await page.locator(".hull", { hasText: "node03" }).waitFor();
  await page.locator(".folder", { hasText: "node03" }).getByText("No manifests").waitFor();
});

await test("Korean is chosen, kept, and leaves the kubelet's words alone", desktop, async (page) => {
  await page.getByLabel("Language").selectOption("ko");
  await page.getByText("디스크의 매니페스트").waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "ko");
  await pod(page, "web-node01").getByText("Running").first().waitFor();
  await page.reload();
  await page.getByText("디스크의 매니페스트").waitFor();
});

await test("dark is chosen over a light system", { ...desktop, colorScheme: "light" }, async (page) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.getByLabel("Theme").selectOption("dark");
  assert.notEqual(await ground(), light);
});

await test("a phone shows one pane at a time and reaches all", phone, async (page) => {
  const dock = page.locator(".dock");
  await pod(page, "web-node01").getByText("Running").first().waitFor();
  assert.equal(await page.locator(".shore").isVisible(), false);
  await page.getByRole("button", { name: "node02" }).first().click();
  await pod(page, "web-node02").getByText("Running").first().waitFor();
  await dock.getByText("Files").click();
  await open(page, "node01", "web.yaml");
  await page.locator(".cm-content").waitFor();
  await dock.getByText("Events").click();
  await page.locator(".lines li").first().waitFor();
  await dock.getByText("Inspect").click();
  await page.locator(".insp h2").waitFor();
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(sideways, false, "nothing sticks out sideways");
});

await test("without the editor's bundle a text area serves", desktop, async (page) => {
  await open(page, "node01", "beacon.yaml");
  const area = page.locator(".code textarea");
  await area.fill("kind: Nothing\n");
  await page.locator(".diag li").first().waitFor();
  await page.keyboard.press("Control+s");
  await page.locator(".unsaved").waitFor({ state: "detached" });
}, (page) => page.route("**/editor-*.js", (route) => route.abort()));

await test("every control has a name and everything is reached by Tab", desktop, async (page) => {
  await page.getByRole("button", { name: "Pause" }).click();
  const nameless = await page.evaluate(() =>
    [...document.querySelectorAll("button, select, input, textarea")]
      .filter((one) => !(one.ariaLabel || one.textContent.trim() || one.labels?.length))
      .map((one) => one.outerHTML));
  assert.deepEqual(nameless, []);
  const reached = new Set();
  for (let at = 0; at < 60; at += 1) {
    if (await page.evaluate(() => document.activeElement.isContentEditable)) await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement.closest(".bar, .transport, .folders, .ed, .pic, .insp, .feed")?.classList[0]));
  }
  for (const part of ["bar", "transport", "folders", "pic", "feed"]) assert.ok(reached.has(part), `${part} is reached`);
});

await browser.close();
server.close();
console.log(`\ntest result: ${failed ? "FAILED" : "ok"}. ${passed} passed; ${failed} failed; 0 ignored`);
process.exitCode = failed ? 1 : 0;

async function test(name, options, body, prepare = async () => {}) {
  if (only && !name.includes(only)) return;
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && !/ERR_FAILED/.test(message.text()) && errors.push(message.text()));
  try {
    await prepare(page);
    await page.goto(server.url);
    await page.locator(".app").waitFor();
    await body(page);
    assert.deepEqual(errors, [], "errors of the page");
    passed += 1;
    console.log(`test ${name} ... ok`);
  } catch (error) {
    failed += 1;
    console.log(`test ${name} ... FAILED\n${error.stack}\n${errors.join("\n")}`);
    if (process.env.STANDFAST_SHOTS) await page.screenshot({ path: `${process.env.STANDFAST_SHOTS}/failed-${failed}.png` });
  }
  await context.close();
}

function pod(page, name) {
  return page.locator(`.pod[data-pod="${name}"]`);
}

function row(page, node, file) {
  return page.locator(".folder", { hasText: node }).locator(".file", { hasText: file });
}

async function open(page, node, file) {
  await row(page, node, file).locator(".open").click();
}

async function fast(page) {
  await page.getByLabel("Speed").selectOption("20");
}
