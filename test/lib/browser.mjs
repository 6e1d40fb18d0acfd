// A real browser for Veza::Browser: one request a line on standard input, one answer
// a line on standard output. Whatever a page complains of is kept: errors of scripts,
// messages on the console, violations of its policy, requests that failed.
//
//   {"launch": program, "language": "fr", "dark": true, "width": 390}    {}
//   {"open": address}                          {"status": 200}
//   {"click": selector, "frame": selector}     {}         frame: where the element is
//   {"popup": selector, "frame": selector}     {}         clicks, and goes on in the window that opens
//   {"fill": selector, "with": text}           {}
//   {"text": selector, "frame": selector}      {"text": ...}    waits until it is visible
//   {"evaluate": expression}                   {"value": ...}
//   {"screenshot": file}                       {}
//   {"complaints": true}                       {"complaints": [...]}    since the last time

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(new URL('../package.json', import.meta.url));
const { chromium } = require('playwright-core');
const PATIENCE = { timeout: 15000 };

let context;
let page;
let complaints = [];
let profile;

// Notes what a page complains of.
function listen(one) {
  one.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`);
  });
  one.on('pageerror', error => complaints.push(`script: ${error.message}`));
  one.on('requestfailed', request => complaints.push(`request: ${request.url()}: ${request.failure()?.errorText}`));
}

async function launch(program, { language = 'en-GB', dark = false, width = 1100, height = 800 }) {
  if (context) await context.close();
  if (profile) rmSync(profile, { recursive: true, force: true });
  profile = mkdtempSync(join(tmpdir(), 'veza-browser-'));
  context = await chromium.launchPersistentContext(profile, {
    executablePath: program, headless: true, locale: language, colorScheme: dark ? 'dark' : 'light', viewport: { width, height },
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync']
  });
  context.on('page', listen);
  page = context.pages()[0] ?? await context.newPage();
  listen(page);
  return {};
}

// The element that a request is about.
function element(selector, frame) {
  return frame ? page.frameLocator(frame).locator(selector) : page.locator(selector);
}

async function answer(q) {
  if (q.launch) return launch(q.launch, q);
  if (q.open) return { status: (await page.goto(q.open, PATIENCE)).status() };
  if (q.click) return await element(q.click, q.frame).click(PATIENCE), {};
  if (q.popup) {
    const [opened] = await Promise.all([context.waitForEvent('page', PATIENCE), element(q.popup, q.frame).click(PATIENCE)]);
    await opened.waitForLoadState('load', PATIENCE);
    page = opened;
    return {};
  }
  if (q.fill) return await element(q.fill, q.frame).fill(q.with, PATIENCE), {};
  if (q.text) {
    await element(q.text, q.frame).waitFor({ state: 'visible', ...PATIENCE });
    return { text: await element(q.text, q.frame).innerText(PATIENCE) };
  }
  if (q.evaluate) return { value: await page.evaluate(q.evaluate) };
  if (q.screenshot) return await page.screenshot({ path: q.screenshot, fullPage: true }), {};
  if (q.complaints) return { complaints: complaints.splice(0) };
  throw new Error(`what is ${JSON.stringify(q)}?`);
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try {
    reply = await answer(JSON.parse(line));
  } catch (error) {
    reply = { failed: String(error.message).split('\n').slice(0, 6).join(' ') };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
if (context) await context.close();
if (profile) rmSync(profile, { recursive: true, force: true });
