import { obey } from './obey.ts';
import { ORDERS_VARIABLE } from './orders.ts';

/*
 * The entry of a bundle like that of users, but for the orders that a process of it follows from before its first
 * step on: they reach into the code, which nobody can from outside of a bundle.
 */
obey(JSON.parse(process.env[ORDERS_VARIABLE] ?? '{}'));
void import('../../src/main.ts');
