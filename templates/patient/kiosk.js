// A tablet that many people use: what one of them answered is gone before the next one comes. Stands before the
// page's own script, and only on a tablet's pages.
(function () {
  var CLEARS = 45, WARNS = 25; // idle seconds: the warning stands for 20 (WCAG 2.2.1)
  var RETRY = 30; // seconds between two tries of sending: nobody touches anything, and nothing may be cleared
  var FRESH = 600; // seconds; a form left on its first screen is fetched anew: its week and its version go by
  var d = document, start = location.pathname.replace(/\/thanks$/, '');
  var last = Date.now(), loaded = last, touched = location.search !== '', leaving = false, trail = [];

  // No step is an entry of the browser's history: Back leads from the first screen to nowhere.
  history.pushState = function (state) { trail.push(state); };
  history.back = function () {
    trail.pop();
    window.onpopstate({ state: trail[trail.length - 1] });
  };

  var ask = window.fetch;
  window.fetch = function (place, how) {
    if (how && how.method === 'POST') last = Date.now() + RETRY * 1000;
    return ask(place, how);
  };

  function fields() { return [].slice.call(d.querySelectorAll('input:not([type=hidden]),textarea')); }

  function wipe() {
    fields().forEach(function (one) {
      if (/radio|checkbox/.test(one.type)) one.checked = one.defaultChecked = false;
      else one.value = one.defaultValue = '';
    });
  }

  function answered() {
    return trail.length || location.search !== '' || !d.querySelector('form.steps') || fields().some(function (one) {
      return /radio|checkbox/.test(one.type) ? one.checked : one.value;
    });
  }

  // The next form bears another number: with the last one's an answer would be taken for sent twice. So where the
  // server cannot be reached there is no form.
  function leave() {
    var form = d.forms[0], away = d.querySelector('.away'), warning = d.querySelector('dialog');
    if (leaving) return;
    leaving = true;
    wipe();
    if (warning && warning.open) warning.close();
    if (form) form.hidden = true;
    (function fetched() {
      ask(start, { credentials: 'omit' }).then(function (reply) {
        if (reply.status > 499) throw 0;
        location.replace(start);
      }).catch(function () {
        if (away) away.textContent = away.dataset.says;
        setTimeout(fetched, 10000);
      });
    })();
  }

  function stay() {
    var warning = d.querySelector('dialog');
    last = Date.now();
    if (warning && warning.open) warning.close();
  }

  function tick() {
    var idle = (Date.now() - last) / 1000, warning = d.querySelector('dialog'), says = d.getElementById('clears');
    if (leaving) return;
    if (!touched && warning) {
      if (Date.now() - loaded > FRESH * 1000) leave();
    } else if (idle >= CLEARS) leave();
    else if (warning && idle >= WARNS && answered()) {
      says.textContent = says.dataset.says.replace('{seconds}', Math.ceil(CLEARS - idle));
      if (!warning.open) warning.showModal();
    }
  }

  function noticed(e) {
    var warning = d.querySelector('dialog'), warned = warning && warning.open;
    if (warned && !/pointerdown|keydown/.test(e.type)) return; // its own focus dismisses nothing
    touched = true;
    last = Math.max(last, Date.now());
    // A touch that only says 'I am here' answers nothing, and the key neither.
    if (warned && e.type === 'keydown') {
      e.preventDefault();
      stay();
    }
  }

  ['pointerdown', 'pointermove', 'keydown', 'input', 'focusin', 'wheel', 'scroll'].forEach(function (type) {
    addEventListener(type, noticed, { capture: true, passive: false });
  });
  addEventListener('click', function (e) {
    var link = e.target.closest('a'), warning = d.querySelector('dialog');
    if (warning && warning.open) stay();
    if (!link) return;
    e.preventDefault();
    if (link.pathname === start && !link.search) leave();
    else location.replace(link.href);
  }, true);
  addEventListener('contextmenu', function (e) { e.preventDefault(); });
  // A page that Back brings out of the browser's memory, or a form that the browser fills in again.
  addEventListener('pagehide', wipe);
  addEventListener('pageshow', function (e) {
    var came = performance.getEntriesByType('navigation')[0];
    if (e.persisted || came && came.type === 'back_forward') {
      wipe();
      leave();
    }
  });
  clearInterval(window.heardTicks); // a page that came as the answer to another stands in the same window
  window.heardTicks = setInterval(tick, 500);
})();
