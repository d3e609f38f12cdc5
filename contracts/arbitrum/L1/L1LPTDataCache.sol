// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import "../L2/L2LPTDataCache.sol";
import "./L1ArbitrumMessenger.sol";

/// @title Tells L2 how much LPT there is on L1
contract L1LPTDataCache is L1ArbitrumMessenger {
    /// @notice LPT on L1
    address public immutable tokenAddr;
    /// @notice L2LPTDataCache
    address public immutable l2LPTDataCacheAddr;

    /// @notice The total supply of L1 was sent
    event CacheTotalSupplyInitiated(uint256 seqNo, uint256 totalSupply);

    /// @param _inbox Arbitrum's inbox
    /// @param _tokenAddr LPT on L1
    /// @param _l2LPTDataCacheAddr L2LPTDataCache
    constructor(
        address _inbox,
        address _tokenAddr,
        address _l2LPTDataCacheAddr
    ) L1ArbitrumMessenger(_inbox) {
        tokenAddr = _tokenAddr;
        l2LPTDataCacheAddr = _l2LPTDataCacheAddr;
    }

    /// @notice Sends the total supply to L2; anyone may pay for it
    /// @param _maxGas Gas limit on L2
    /// @param _gasPriceBid Wei per gas on L2
    /// @param _maxSubmissionCost Most wei for storing the ticket
    function cacheTotalSupply(
        uint256 _maxGas,
        uint256 _gasPriceBid,
        uint256 _maxSubmissionCost
    ) external payable {
        (bytes memory data, uint256 totalSupply) = getCacheTotalSupplyData();
        uint256 seqNo = _sendTxToL2(
            l2LPTDataCacheAddr,
            msg.sender,
            _maxSubmissionCost,
            _maxGas,
            _gasPriceBid,
            data
        );
        emit CacheTotalSupplyInitiated(seqNo, totalSupply);
    }

    /// @notice Call that `cacheTotalSupply` sends
    /// @return data Calldata for the L2LPTDataCache
    /// @return totalSupply LPT wei on L1
    function getCacheTotalSupplyData() public view returns (bytes memory data, uint256 totalSupply) {
        totalSupply = IERC20(tokenAddr).totalSupply();
        data = abi.encodeCall(L2LPTDataCache.finalizeCacheTotalSupply, (totalSupply));
    }
}
