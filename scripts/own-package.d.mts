export function installOwnPackages(directory: string): Promise<void>;
