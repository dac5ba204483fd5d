// One question at a time, and answers that survive a bad connection. Without it the page is one plain form.
(function () {
  var d = document, root = d.documentElement;
  if (!(window.fetch && window.URLSearchParams && window.FormData && window.AbortController && history.pushState)) return;
  root.className = 'js'; // before the first paint, so that no question flashes by

  d.addEventListener('DOMContentLoaded', function () {
    var form = d.forms[0], stepping = form.className === 'steps';
    var steps = stepping ? [].slice.call(d.querySelectorAll('.step')) : [];
    var button = form.querySelector('[type=submit]'), nav = d.querySelector('nav');
    var status = form.querySelector('[role=status]'), title = d.title, words = button.textContent.trim();
    var last = steps.length - 1, at = 0, sending = false, plain = false;
    var waits = [1, 2, 4, 8, 15, 30]; // seconds: a lift, a tunnel, a dead corner of a ward

    function heading(step) { return step.querySelector('h2'); }

    function show(n) {
      at = Math.max(0, Math.min(n, last));
      steps.forEach(function (step, i) { step.classList.toggle('now', i === at); });
      nav.hidden = !at;
      button.textContent = at < last ? 'Continue' : words;
      status.textContent = '';
      name();
    }

    function name() {
      d.title = (steps[at].querySelector('.fault') ? 'Error: ' : '') +
        steps[at].querySelector('[class*=caption]').textContent.trim() + ' – ' + title;
    }

    function move(n) {
      show(n);
      heading(steps[at]).focus();
      scrollTo(0, 0);
    }

    // What is wrong with a step; the server checks everything again.
    function wrong(step) {
      var box = step.querySelector('textarea'), over = box && [...box.value].length - box.dataset.maxlength;
      if (over > 0) return 'Make your comment shorter by ' + over + (over > 1 ? ' characters' : ' character');
      if (step.querySelector('[required]') && !step.querySelector(':checked')) return 'Choose an answer';
    }

    function sound(step) {
      var says = wrong(step), fault = step.querySelector('.fault'), field = step.querySelector('input,textarea');
      var described = field.closest('fieldset') || field, was = described.dataset.was;
      if (was === undefined) was = described.dataset.was = described.getAttribute('aria-describedby') || '';
      if (fault) fault.remove();
      described.setAttribute('aria-describedby', was);
      if (says) {
        fault = d.createElement('p');
        fault.className = 'fault nhsuk-error-message';
        fault.id = field.id + '-error';
        fault.textContent = says;
        (step.querySelector('.nhsuk-radios') || field).before(fault);
        described.setAttribute('aria-describedby', fault.id + ' ' + was);
        field.focus();
      }
      name();
      return !says;
    }

    function say(text) { if (status.textContent !== text) status.textContent = text; }

    function send(attempt) {
      var stop = new AbortController(), timer = setTimeout(function () { stop.abort(); }, 20000);
      sending = true;
      if (!attempt) say('Sending your answers');
      fetch(form.action, {
        method: 'POST', body: new URLSearchParams(new FormData(form)), credentials: 'omit', signal: stop.signal
      }).then(function (reply) {
        if (reply.status > 499 || reply.status === 429) throw 0;
        return reply.text().then(function (page) { arrive(page, reply.url); });
      }).catch(function () {
        if (attempt < waits.length) {
          say('Not sent yet – trying again');
          setTimeout(send, waits[attempt] * 1000, attempt + 1);
        } else {
          // The next press is an ordinary submit, in case it is fetch that is being blocked.
          plain = true;
          sending = false;
          say('Not sent. Your answers are still on this page. Check your connection, then press ‘' + words + '’ again.');
        }
      }).finally(function () { clearTimeout(timer); });
    }

    // The answer is already here: show it without asking the bad connection for it a second time.
    function arrive(page, url) {
      history.replaceState(null, '', url);
      d.open();
      d.write(page);
      d.close();
      var first = d.querySelector('.nhsuk-error-summary,h1');
      first.tabIndex = -1;
      first.focus();
      scrollTo(0, 0);
    }

    button.addEventListener('click', function (e) {
      if (e.detail > 1) e.preventDefault(); // the second half of a double click is not an answer to what came next
    });

    form.addEventListener('submit', function (e) {
      if (plain) return;
      e.preventDefault();
      if (sending || (stepping && !sound(steps[at]))) return;
      if (at < last) {
        history.pushState(at + 1, '');
        move(at + 1);
      } else send(0);
    });

    [].forEach.call(d.querySelectorAll('textarea'), function (box) {
      var left = d.getElementById(box.id + '-info'), max = +left.parentNode.dataset.maxlength, timer;
      box.dataset.maxlength = max;
      left.setAttribute('role', 'status');
      box.addEventListener('input', function () {
        clearTimeout(timer);
        timer = setTimeout(function () { // once the fingers rest: a screen reader should not count along
          var n = max - [...box.value].length;
          left.textContent = n < 0 ? -n + ' characters too many' : n + ' characters left';
        }, 600);
      });
    });

    var summary = d.querySelector('.nhsuk-error-summary');
    if (summary) {
      summary.tabIndex = -1;
      summary.focus();
    }
    if (stepping) {
      history.replaceState(0, '');
      window.onpopstate = function (e) { if (!sending) move(e.state || 0); };
      nav.querySelector('button').onclick = function () { history.back(); };
      show(0);
    }
  });
})();
