// One key an answer. Without it the page is an ordinary form: Tab, arrows and the space bar.
(function () {
  var d = document, form = d.querySelector('form.keyed'), send = form.querySelector('button'), sent = false;
  var questions = [].map.call(form.querySelectorAll('fieldset'), function (set) {
    var fields = [].slice.call(set.querySelectorAll('[name]')), data = set.dataset;
    return {
      set: set, fields: fields, name: fields[0].name, kind: data.kind,
      rule: data.if && JSON.parse(data.if), bands: data.bands && JSON.parse(data.bands)
    };
  });

  function typed(question) { return question.kind === 'number' || question.kind === 'text'; }

  function codes(question) {
    var number = question.fields[0].value.trim();
    if (question.bands) {
      return question.bands.filter(function (one) { return /^\d+$/.test(number) && one[1] <= +number && +number <= one[2]; })
        .map(function (one) { return one[0]; });
    }
    return question.fields.filter(function (one) { return one.checked; }).map(function (one) { return one.value; });
  }

  function asked() {
    var answers = {};
    questions.forEach(function (one) { answers[one.name] = codes(one); });
    return path(questions, answers);
  }

  // What is not asked is passed over and sent to nobody.
  function route() {
    var on = asked();
    questions.forEach(function (one) {
      one.set.disabled = !on.includes(one);
      one.set.classList.toggle('off', one.set.disabled);
    });
    return on;
  }

  function show(question) {
    var place = question ? (typed(question) ? question.fields[0] : question.set) : send;
    place.focus({ preventScroll: true });
    (question ? question.set : send).scrollIntoView({ block: 'center' });
  }

  function go(question, steps) {
    var on = route(), at = on.indexOf(question) + steps;
    if (at >= 0) show(on[at]);
  }

  function clear(question) {
    question.fields.forEach(function (one) { one.checked = false; });
    if (question.kind === 'radio') question.fields[question.fields.length - 1].checked = true;
  }

  function press(question, key) {
    var field = question.fields.find(function (one) { return one.dataset.key === key; });
    if (key === '0' || key === ' ') clear(question);
    else if (!field) return false;
    else if (question.kind === 'checkbox') {
      field.checked = !field.checked;
      route();
      return true;
    } else field.checked = true;
    go(question, 1);
    return true;
  }

  d.addEventListener('keydown', function (e) {
    var set = d.activeElement.closest('fieldset'), question, key = e.key.toLowerCase();
    if (key === 'enter' && e.ctrlKey) {
      e.preventDefault();
      route();
      form.requestSubmit();
      return;
    }
    if (e.ctrlKey || e.altKey || e.metaKey) return;
    if (e.repeat && d.activeElement !== send && !d.activeElement.matches('textarea,input[type=text]')) {
      e.preventDefault(); // a key held down answers one question, not those after it
      return;
    }
    if (d.activeElement === send && key === 'backspace') {
      e.preventDefault();
      show(route().pop());
      return;
    }
    question = questions.find(function (one) { return one.set === set; });
    if (!question) return;
    if (key === ' ' && d.activeElement.matches('input')) return; // who came by Tab chooses by it, as anywhere
    if (key === 'enter' && !e.shiftKey) go(question, 1);
    else if (key === 'backspace' && !(typed(question) && question.fields[0].value)) go(question, -1);
    else if (typed(question) || !press(question, key)) return;
    e.preventDefault();
  });

  form.addEventListener('change', route);
  form.addEventListener('submit', function (e) {
    if (sent) e.preventDefault();
    sent = true;
  });
  var wrong = d.querySelector('.wrong');
  route();
  show(wrong ? questions.find(function (one) { return one.set === wrong.closest('fieldset'); }) : asked()[0]);
})();
