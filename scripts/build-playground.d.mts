export declare function buildPlayground(directory?: string): Promise<void>;
