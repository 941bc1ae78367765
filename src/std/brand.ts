declare const brand: unique symbol;

/** A nominal type: two brands of one primitive cannot be mixed up by accident. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
