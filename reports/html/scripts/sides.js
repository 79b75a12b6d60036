// Two sides, A and B: told apart by colour, and by the shape of marks and the dashes of lines.
'use strict';
report.sides = [{key: 'a', name: 'A', look: {name: 'series-1', dashes: null}}, {key: 'b', name: 'B', look: {name: 'series-6', dashes: [6, 3]}}];
