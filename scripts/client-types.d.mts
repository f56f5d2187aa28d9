export declare function writeClientTypes(directory?: string): void;
