import { at, type NetworkAddresses } from "./network-addresses.ts";

/** What is on Ethereum itself: the contracts of before the move to Arbitrum One, and the bridge there. */
export const ethereumMainnet: NetworkAddresses = {
  network: "mainnet",
  chainId: 1,
  contracts: {
    Controller: at("0xf96d54e490317c557a967abfa5d6e33006be69b3"),
    LivepeerToken: at("0x58b6A8A3302369DAEc383334672404Ee733aB239"),
    Minter: at("0x505F8c2ee81f1C6fa0D88e918eF0491222E05818"),
    BondingManager: at("0x511Bc4556D823Ae99630aE8de28b9B80Df90eA2e"),
    TicketBroker: at("0x5b1cE829384EeBFa30286F12d1E7A695ca45F5D2"),
    RoundsManager: at("0x3984fc4ceeef1739135476f625d36d6c35c40dc3"),
    ServiceRegistry: at("0x406a112f3218b988c66778fd72fc8467f2601366"),
    Governor: at("0xFC3CBed6A3476F7616CC70f078397700136eEBFd"),
    PollCreator: at("0xBf824EDb6b94D9B52d972d5B25bCc19b4e6E3F3C"),
    MerkleSnapshot: at("0x24ebEd82c681f435E944BEEbFAEEAaE443D08438"),
    L1Escrow: at("0x6A23F4940BD5BA117Da261f98aae51A8BFfa210A"),
    L1LPTGateway: at("0x6142f1C8bBF02E6A6bd074E8d564c9A5420a0676"),
    L1LPTDataCache: at("0x1d24838b35A9c138Ac157A852e19e948aD6323D7"),
    L1Migrator: at("0x21146B872D3A95d2cF9afeD03eE5a783DaE9A89A"),
    BridgeMinter: at("0x8dDDB96CF36AC8860f1DE5C7c4698fd499FAB405"),
    Refunder: at("0x780c98cbb0cc21d6617c05332bd5cf6f847c71c2"),
    Inbox: at("0x4Dbd4fc535Ac27206064B68FfCf827b0A60BAB3f"),
  },
};
