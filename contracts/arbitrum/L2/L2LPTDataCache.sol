// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "@openzeppelin/contracts/access/Ownable.sol";

import "./L2ArbitrumMessenger.sol";

/// @title Knows on L2 how much LPT is in circulation on L1
contract L2LPTDataCache is Ownable, L2ArbitrumMessenger {
    /// @notice L1LPTDataCache
    address public l1LPTDataCache;
    /// @notice L2LPTGateway
    address public l2LPTGateway;
    /// @notice LPT wei on L1 when it was last told, those held for L2 included
    uint256 public l1TotalSupply;
    /// @notice LPT wei on L2 that came from L1
    uint256 public l2SupplyFromL1;

    event CacheTotalSupplyFinalized(uint256 totalSupply);
    event L1LPTDataCacheUpdate(address _l1LPTDataCache);
    event L2LPTGatewayUpdate(address _l2LPTGateway);

    modifier onlyL2LPTGateway() {
        require(msg.sender == l2LPTGateway, "NOT_L2_LPT_GATEWAY");
        _;
    }

    /// @notice Sets the cache on L1
    /// @param _l1LPTDataCache L1LPTDataCache
    function setL1LPTDataCache(address _l1LPTDataCache) external onlyOwner {
        l1LPTDataCache = _l1LPTDataCache;
        emit L1LPTDataCacheUpdate(_l1LPTDataCache);
    }

    /// @notice Sets the gateway
    /// @param _l2LPTGateway L2LPTGateway
    function setL2LPTGateway(address _l2LPTGateway) external onlyOwner {
        l2LPTGateway = _l2LPTGateway;
        emit L2LPTGatewayUpdate(_l2LPTGateway);
    }

    /// @notice Counts LPT that came from L1; only the gateway may call
    /// @param _amount LPT wei
    function increaseL2SupplyFromL1(uint256 _amount) external onlyL2LPTGateway {
        l2SupplyFromL1 += _amount;
    }

    /// @notice Counts LPT that went to L1; only the gateway may call
    /// @param _amount LPT wei
    function decreaseL2SupplyFromL1(uint256 _amount) external onlyL2LPTGateway {
        // LPT issued on L2 can go to L1 too, so more may leave than ever came.
        l2SupplyFromL1 = _amount < l2SupplyFromL1 ? l2SupplyFromL1 - _amount : 0;
    }

    /// @notice Sets the total supply of L1; only the cache there may call
    /// @param _totalSupply LPT wei
    function finalizeCacheTotalSupply(uint256 _totalSupply) external onlyL1Counterpart(l1LPTDataCache) {
        l1TotalSupply = _totalSupply;
        emit CacheTotalSupplyFinalized(_totalSupply);
    }

    /// @notice LPT wei in circulation on L1
    function l1CirculatingSupply() external view returns (uint256) {
        // Until L1 has told its supply for the first time there may be more here than is known of there.
        return l1TotalSupply > l2SupplyFromL1 ? l1TotalSupply - l2SupplyFromL1 : 0;
    }
}
