// SPDX-FileCopyrightText: 2026 the jiaohao authors
// SPDX-License-Identifier: Apache-2.0
// Screens in a real browser: bare pages with an EventSource, and nothing of ours in them.
import { chromium } from 'playwright-core';
import { HALL } from '../http/catalogue.mjs';
import { pause, proceed, until } from '../http/process.mjs';

// It is to reach nothing but the service. /dev/shm is small in many containers.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** A browser of the test `t`'s own. */
export async function openBrowser(t) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: FLAGS,
  });
  t.after(() => browser.close());
  return browser;
}

// An icon of its own, else the browser asks the service for one.
const BARE_PAGE = '<!doctype html><link rel="icon" href="data:,"><title>大屏</title>';

/** Runs in the page: an EventSource, and all that it was told. */
function listen(path) {
  const heard = { events: [], opened: 0, failed: 0, source: new EventSource(path) };
  window.heard = heard;
  heard.source.onopen = () => heard.opened++;
  heard.source.onerror = () => heard.failed++;
  for (const type of ['snapshot', 'called', 'missed', 'waiting'])
    heard.source.addEventListener(type, ({ lastEventId, data }) =>
      heard.events.push({ type, id: lastEventId, data: JSON.parse(data) }),
    );
}

export class Screen {
  constructor(page) {
    this.page = page;
  }

  /** A page whose EventSource has its snapshot; `window`: of one window only. */
  static async open(browser, service, window) {
    const { host, port } = service.address;
    // Connections are shared within a context, and one may be open before it is needed.
    const context = await browser.newContext();
    const page = await context.newPage();
    // Of the service's origin, but made here: so the EventSource's connection is a new one.
    await page.route('**/screen', (route) =>
      route.fulfill({ contentType: 'text/html; charset=utf-8', body: BARE_PAGE }),
    );
    await page.goto(`http://${host}:${port}/screen`);
    await page.unrouteAll();
    const query = window ? `?window=${window}` : '';
    await page.evaluate(listen, `/v1/halls/${HALL}/display/events${query}`);
    const screen = new Screen(page);
    screen.window = window;
    await until('a snapshot', async () => (await screen.snapshots()).length === 1);
    return screen;
  }

  /** The same at one of the workers. */
  static async openAt(pid, browser, service, window) {
    const others = (await service.workerPids()).filter((other) => other !== pid);
    await Promise.all(others.map(pause));
    try {
      return await Screen.open(browser, service, window);
    } finally {
      others.forEach(proceed);
    }
  }

  /** {opened, failed, state}: how often it connected and lost its connection; EventSource.readyState. */
  connection() {
    return this.page.evaluate(() => {
      const { opened, failed, source } = window.heard;
      return { opened, failed, state: source.readyState };
    });
  }

  heard() {
    return this.page.evaluate(() => window.heard.events);
  }

  async snapshots() {
    return (await this.heard()).filter(({ type }) => type === 'snapshot');
  }

  async events() {
    return (await this.heard()).filter(({ type }) => type !== 'snapshot');
  }
}
