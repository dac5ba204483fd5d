// What somebody with these answers is asked, as Questionnaire.path has it: the answer to a question that is not
// asked decides nothing about later ones. A rule is a list of lists of pairs (name, codes): all pairs of one list hold.
function path(questions, answers) {
  var asked = {};
  return questions.filter(function (question) {
    asked[question.name] = !question.rule || question.rule.some(function (every) {
      return every.every(function (pair) {
        return asked[pair[0]] && answers[pair[0]].some(function (code) { return pair[1].includes(code); });
      });
    });
    return asked[question.name];
  });
}
