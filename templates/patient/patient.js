// One question at a time, and answers that survive a bad connection. Without it the page is one plain form.

(function () {
  var d = document, root = d.documentElement;
  if (!(window.fetch && window.URLSearchParams && window.FormData && window.AbortController && history.pushState)) return;
  root.classList.add('js'); // before the first paint, so that no question flashes by

  d.addEventListener('DOMContentLoaded', function () {
    var form = d.forms[0], stepping = form.className === 'steps';
    var button = form.querySelector('[type=submit]'), nav = d.querySelector('nav'), skip = d.querySelector('.skip');
    var status = form.querySelector('[role=status]'), title = d.title, sends = button.textContent.trim();
    var words = JSON.parse(form.dataset.words); // what the page says, in its language
    var asked = [], at = 0, sending = false, plain = false;
    var waits = [1, 2, 4, 8, 15, 30]; // seconds: a lift, a tunnel, a dead corner of a ward
    var questions = [].map.call(d.querySelectorAll('.step'), function (step, place) {
      var fields = [].slice.call(step.querySelectorAll('[name]')), data = step.dataset;
      return {
        step: step, place: place, fields: fields, name: fields[0].name, required: 'required' in data,
        rule: data.if && JSON.parse(data.if), bands: data.bands && JSON.parse(data.bands)
      };
    });

    // A text with its {blanks} filled.
    function say(name, values) {
      return words[name].replace(/\{(\w+)\}/g, function (blank, key) { return values[key]; });
    }

    // What was written to a number, in the figures 0 to 9 (phones in Arabic or Urdu have others).
    function figures(question) {
      return question.fields[0].value.trim().replace(/[٠-٩۰-۹]/g, function (c) { return c.charCodeAt(0) & 15; });
    }

    function band(question) {
      var text = figures(question);
      return question.bands.filter(function (one) { return /^\d+$/.test(text) && one[1] <= +text && +text <= one[2]; });
    }

    // The codes of what was chosen; of all that can be, where a question is `open`.
    function codes(question, open) {
      if (question.bands) return (open ? question.bands : band(question)).map(function (one) { return one[0]; });
      return question.fields.filter(function (one) { return open || one.checked; }).map(function (one) { return one.value; });
    }

    // What is asked, if from the place `open` on every answer were given.
    function reach(open) {
      var answers = {};
      questions.forEach(function (one) { answers[one.name] = codes(one, one.place >= open); });
      return path(questions, answers);
    }

    // Show and send what is asked, and nothing else: a browser sends nothing of a field that is disabled.
    function route() {
      asked = reach(questions.length);
      questions.forEach(function (one) {
        var off = !asked.includes(one);
        one.step.hidden = off;
        one.fields.forEach(function (field) { field.disabled = off; });
      });
      if (stepping) label();
      else asked.forEach(number);
    }

    // Only where it changes: a click is lost whose button is written anew between press and release.
    function label() { put(button, at < asked.length - 1 ? say('continue') : sends); }

    function put(element, text) { if (element.textContent !== text) element.textContent = text; }

    // 'Question 2 of 5', and 'or more' as long as an answer can lead to another. Going on it is never fewer: what
    // follows, follows from answers given, not from answers left out.
    function number(question, n) {
      var more = stepping && reach(question.place).length > asked.length;
      put(caption(question), say(more ? 'question_or_more' : 'question_of', { number: n + 1, total: asked.length }));
    }

    function caption(question) { return question.step.querySelector('[class*=caption]'); }

    // The first question asked from this place on.
    function show(place) {
      route();
      at = asked.findIndex(function (one) { return one.place >= place; });
      if (at < 0) at = asked.length - 1;
      questions.forEach(function (one) { one.step.classList.toggle('now', one === asked[at]); });
      nav.hidden = !at;
      skip.hidden = asked[at].required;
      status.textContent = '';
      label();
      number(asked[at], at);
      name();
    }

    function name() {
      var here = say('title_of', { step: caption(asked[at]).textContent.trim(), title: title });
      d.title = asked[at].step.querySelector('.fault') ? say('error_before', { title: here }) : here;
    }

    function move(place) {
      show(place);
      asked[at].step.querySelector('h2').focus();
      scrollTo(0, 0);
    }

    // What is wrong with an answer, as forms.py says it; the server checks everything again.
    function wrong(question) {
      var field = question.fields[0], text = question.bands ? figures(question) : field.value.trim();
      var over = field.dataset.maxlength && [...field.value].length - field.dataset.maxlength;
      if (over > 0) return say('too_long_by', { count: over });
      if (/radio|checkbox/.test(field.type)) return question.required && !codes(question).length && say('choose');
      if (!text) return question.required && say(question.bands ? 'write_number' : 'write_words');
      if (!question.bands || band(question).length) return;
      if (/^[-−–]?\d*([.,]\d+)+$/.test(text)) return say('whole');
      if (!/^[-−–]?\d+$/.test(text)) return say('figures');
      return say('range', { least: question.bands[0][1], most: question.bands[question.bands.length - 1][2] });
    }

    function sound(question) {
      var step = question.step, field = question.fields[0];
      var says = wrong(question), fault = step.querySelector('.fault');
      var described = field.closest('fieldset') || field, was = described.dataset.was;
      if (was === undefined) was = described.dataset.was = described.getAttribute('aria-describedby') || '';
      if (fault) fault.remove();
      described.setAttribute('aria-describedby', was);
      if (says) {
        fault = d.createElement('p');
        fault.className = 'fault nhsuk-error-message';
        fault.id = field.id + '-error';
        fault.textContent = says;
        (step.querySelector('.nhsuk-radios,.nhsuk-checkboxes,.nhsuk-input-wrapper') || field).before(fault);
        described.setAttribute('aria-describedby', fault.id + ' ' + was);
        field.focus();
      }
      name();
      return !says;
    }

    function tell(text) { put(status, text); }

    function send(attempt) {
      var stop = new AbortController(), timer = setTimeout(function () { stop.abort(); }, 20000);
      sending = true;
      if (!attempt) tell(say('sending'));
      fetch(form.action, {
        method: 'POST', body: new URLSearchParams(new FormData(form)), credentials: 'omit', signal: stop.signal
      }).then(function (reply) {
        if (reply.status > 499 || reply.status === 429) throw 0;
        return reply.text().then(function (page) { arrive(page, reply.url); });
      }).catch(function () {
        if (attempt < waits.length) {
          tell(say('again'));
          setTimeout(send, waits[attempt] * 1000, attempt + 1);
        } else {
          // The next press is an ordinary submit, in case it is fetch that is being blocked.
          plain = true;
          sending = false;
          tell(say('not_sent', { send: sends }));
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
      if (sending || (stepping && !sound(asked[at]))) return;
      route();
      if (stepping && asked[at + 1]) {
        history.pushState(asked[at + 1].place, '');
        move(asked[at + 1].place);
      } else send(0);
    });

    // 'None of these' unticks the others, and they untick it.
    function untick(ticked) {
      form.querySelectorAll('[name="' + ticked.name + '"]').forEach(function (one) {
        if (one !== ticked && (ticked.dataset.behaviour || one.dataset.behaviour)) one.checked = false;
      });
    }

    form.addEventListener('input', route);
    form.addEventListener('change', function (e) {
      if (e.target.type === 'checkbox' && e.target.checked) untick(e.target);
      route();
    });

    // Whom a question is asked of need not be said to those who are asked.
    d.querySelectorAll('.only').forEach(function (only) {
      var hint = only.parentNode, described = d.querySelector('[aria-describedby~="' + hint.id + '"]');
      only.remove();
      if (hint.textContent.trim()) return;
      described.setAttribute('aria-describedby', described.getAttribute('aria-describedby').replace(hint.id, '').trim());
      hint.remove();
    });

    [].forEach.call(d.querySelectorAll('textarea'), function (box) {
      var left = d.getElementById(box.id + '-info'), max = +left.parentNode.dataset.maxlength, timer;
      box.dataset.maxlength = max;
      left.setAttribute('role', 'status');
      box.addEventListener('input', function () {
        clearTimeout(timer);
        timer = setTimeout(function () { // once the fingers rest: a screen reader should not count along
          var n = max - [...box.value].length;
          left.textContent = say(n < 0 ? 'room_over' : 'room_left', { count: Math.abs(n) });
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
    } else route();
  });
})();
