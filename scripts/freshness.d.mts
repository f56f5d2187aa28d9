/** Whether node_modules holds what package-lock.json asks for. */
export declare function installed(): boolean;
/** Whether dist was built from the present sources. */
export declare function built(): boolean;
