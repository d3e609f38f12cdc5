import { at, type NetworkAddresses } from "./network-addresses.ts";

/**
 * A local network: what the first development account deploys with its first transactions. The addresses follow from
 * the order of the deployment alone; `tests/contracts/networks.test.ts` compares them.
 */
export const devnet: NetworkAddresses = {
  network: "devnet",
  chainId: 31337,
  contracts: {
    Controller: at("0x5fbdb2315678afecb367f032d93f642f64180aa3", 0),
    LivepeerToken: at("0xcf7ed3acca5a467e9e704c703e8d87f634fb0fc9", 0),
    LivepeerTokenFaucet: at("0x809d550fca64d94bd9f66e60752a544199cfac3d", 0),
    Minter: at("0xe7f1725e7734ce288f8367e1bb143e90bb3f0512", 0),
    BondingManager: at("0xa51c1fc2f0d1a1b8494ed1fe312d7c3a78ed91c0", 0),
    BondingManagerTarget: at("0xb7f8bc63bbcad18155201308c8f3540b07f84f5e"),
    BondingVotes: at("0x959922be3caee4b8cd9a407cc3ac1c251c2007b1", 0),
    BondingVotesTarget: at("0x0b306bf915c4d645ff596e518faf3f9669b97016"),
    RoundsManager: at("0xc6e7df5e7b4f2a278906862b61205850344d4e7d", 0),
    RoundsManagerTarget: at("0x3aa5ebb10dc797cac828524e59a333d0a371443c"),
    TicketBroker: at("0x0165878a594ca255338adfa4d48449f69242eb8f", 0),
    TicketBrokerTarget: at("0x5fc8d32690cc91d4c39d9d3abcbd16989f875707"),
    ServiceRegistry: at("0xa85233c63b9ee964add6f2cffe00fd84eb32338f", 0),
    ServiceRegistryTarget: at("0x322813fd9a801c5507c9de605d63cea4f2ce6c44"),
    AIServiceRegistry: at("0xfd471836031dc5108809d173a067e8486b9047a3", 0),
    SortedDoublyLL: at("0x610178da211fef7d417bc0e6fed39f05609ad788"),
    MerkleSnapshot: at("0x09635f643e140090a9a8dcd712ed6285858cebef", 0),
    Governor: at("0x67d269191c92caf3cd7723f116c85e6e9bf55933", 0),
    PollCreator: at("0xc351628eb244ec633d5f21fbd6621e1a683b1181", 0),
    Treasury: at("0xe6e340d132b5f46d1e472debcd681b2abc16e57e", 0),
    LivepeerGovernor: at("0x9e545e3c0baab3e08cdfd552c960a1050f373042", 0),
    LivepeerGovernorTarget: at("0x84ea74d481ee0a5332c457a4d796187f6ba67feb"),
    L2LPTDataCache: at("0x2bdcc0de6be1f7d2ee689a0342d76f52e8efaba3", 0),
    L2LPTGateway: at("0x7bc06c482dead17c0e297afbc32f6e63d3846650"),
    Multicall3: at("0xcA11bde05977b3631167028862bE2a173976CA11"),
  },
};
