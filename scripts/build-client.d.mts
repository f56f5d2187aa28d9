export declare function buildClient(directory?: string): Promise<void>;
