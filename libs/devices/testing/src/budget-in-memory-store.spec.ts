import { describe } from '@jest/globals';
import { budgetConformance } from './budget-conformance.ts';
import { InMemoryBudget } from './budget-in-memory-store.ts';

describe('the budget in memory', () =>
  budgetConformance(() => {
    const budget = new InMemoryBudget();
    return { budget, other: budget, prefix: 'test', close: () => undefined };
  }));
