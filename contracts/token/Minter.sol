// SPDX-License-Identifier: MIT
pragma solidity ^0.8.9;

import "../Manager.sol";
import "../arbitrum/IL2LPTDataCache.sol";
import "../bonding/IBondingManager.sol";
import "../libraries/MathUtilsV2.sol";
import "./ILivepeerToken.sol";
import "./IMinter.sol";

/// @title Vault of all bonded LPT and all gateway and fee ether; issues LPT round by round
/// @dev Percentages here have nine decimals. The vault takes no plain ether transfers.
contract Minter is Manager, IMinter {
    /// @notice Issuance per round as a share of the global supply
    uint256 public inflation;
    /// @notice Step by which inflation moves each round
    uint256 public inflationChange;
    /// @notice Bonded share of the supply at which inflation stays put
    uint256 public targetBondingRate;
    /// @notice LPT wei that may be minted in this round
    uint256 public override currentMintableTokens;
    /// @notice LPT wei minted in this round
    uint256 public override currentMintedTokens;

    modifier onlyBondingManager() {
        require(msg.sender == _registered(keccak256("BondingManager")), "msg.sender not BondingManager");
        _;
    }

    modifier onlyRoundsManager() {
        require(msg.sender == _registered(keccak256("RoundsManager")), "msg.sender not RoundsManager");
        _;
    }

    modifier onlyBondingManagerOrJobsManager() {
        require(
            msg.sender == _registered(keccak256("BondingManager")) || msg.sender == _registered(keccak256("JobsManager")),
            "msg.sender not BondingManager or JobsManager"
        );
        _;
    }

    modifier onlyMinterOrJobsManager() {
        require(
            msg.sender == _registered(keccak256("Minter")) || msg.sender == _registered(keccak256("JobsManager")),
            "msg.sender not Minter or JobsManager"
        );
        _;
    }

    /// @param _controller Registry
    /// @param _inflation First inflation
    /// @param _inflationChange Step by which inflation moves each round
    /// @param _targetBondingRate Bonded share at which inflation stays put
    constructor(
        address _controller,
        uint256 _inflation,
        uint256 _inflationChange,
        uint256 _targetBondingRate
    ) Manager(_controller) {
        require(MathUtils.validPerc(_inflation), "_inflation is invalid percentage");
        require(MathUtils.validPerc(_inflationChange), "_inflationChange is invalid percentage");
        require(MathUtils.validPerc(_targetBondingRate), "_targetBondingRate is invalid percentage");

        inflation = _inflation;
        inflationChange = _inflationChange;
        targetBondingRate = _targetBondingRate;
    }

    /// @notice Sets the bonded share at which inflation stays put
    /// @param _targetBondingRate New rate, nine decimals
    function setTargetBondingRate(uint256 _targetBondingRate) external onlyControllerOwner {
        require(MathUtils.validPerc(_targetBondingRate), "_targetBondingRate is invalid percentage");
        targetBondingRate = _targetBondingRate;
        emit ParameterUpdate("targetBondingRate");
    }

    /// @notice Sets the step by which inflation moves each round
    /// @param _inflationChange New step, nine decimals
    function setInflationChange(uint256 _inflationChange) external onlyControllerOwner {
        require(MathUtils.validPerc(_inflationChange), "_inflationChange is invalid percentage");
        inflationChange = _inflationChange;
        emit ParameterUpdate("inflationChange");
    }

    /// @notice Moves everything in the vault to the next Minter, while this one is still registered
    /// @param _newMinter The next Minter, under the same Controller
    function migrateToNewMinter(IMinter _newMinter) external onlyControllerOwner {
        require(address(_newMinter) != address(this), "new Minter cannot be current Minter");
        require(address(_newMinter) != address(0), "new Minter cannot be null address");

        IController newController = _newMinter.getController();
        require(
            address(newController) == address(controller),
            "new Minter Controller must be current Controller"
        );
        require(newController.getContract(keccak256("Minter")) == address(this), "new Minter must be registered");

        ILivepeerToken token = _livepeerToken();
        token.transfer(address(_newMinter), token.balanceOf(address(this)));
        _newMinter.depositETH{ value: address(this).balance }();
    }

    /// @inheritdoc IMinter
    function createReward(uint256 _fracNum, uint256 _fracDenom)
        external
        override
        onlyBondingManager
        whenSystemNotPaused
        returns (uint256)
    {
        uint256 amount = MathUtils.percOf(currentMintableTokens, _fracNum, _fracDenom);
        uint256 minted = currentMintedTokens + amount;
        require(minted <= currentMintableTokens, "minted tokens cannot exceed mintable tokens");
        currentMintedTokens = minted;

        _livepeerToken().mint(address(this), amount);
        return amount;
    }

    /// @inheritdoc IMinter
    function trustedTransferTokens(address _to, uint256 _amount)
        external
        override
        onlyBondingManager
        whenSystemNotPaused
    {
        _livepeerToken().transfer(_to, _amount);
    }

    /// @inheritdoc IMinter
    function trustedBurnTokens(uint256 _amount) external override onlyBondingManager whenSystemNotPaused {
        _livepeerToken().burn(_amount);
    }

    /// @inheritdoc IMinter
    function trustedWithdrawETH(address payable _to, uint256 _amount)
        external
        override
        onlyBondingManagerOrJobsManager
        whenSystemNotPaused
    {
        _to.transfer(_amount);
    }

    /// @inheritdoc IMinter
    function depositETH() external payable override onlyMinterOrJobsManager returns (bool) {
        return true;
    }

    /// @inheritdoc IMinter
    function setCurrentRewardTokens() external override onlyRoundsManager whenSystemNotPaused {
        _adjustInflation();

        currentMintableTokens = MathUtils.percOf(getGlobalTotalSupply(), inflation);
        currentMintedTokens = 0;
        emit SetCurrentRewardTokens(currentMintableTokens, inflation);
    }

    /// @inheritdoc IMinter
    function getController() external view override returns (IController) {
        return controller;
    }

    /// @notice LPT wei in existence on this chain and in circulation on L1
    function getGlobalTotalSupply() public view returns (uint256) {
        return
            _livepeerToken().totalSupply() + IL2LPTDataCache(_registered(keccak256("L2LPTDataCache"))).l1CirculatingSupply();
    }

    /// @dev One step toward the target; the bonded total read here is already the new round's
    function _adjustInflation() private {
        uint256 supply = getGlobalTotalSupply();
        uint256 bondingRate = 0;
        if (supply > 0) {
            bondingRate = MathUtils.percPoints(
                IBondingManager(_registered(keccak256("BondingManager"))).getTotalBonded(),
                supply
            );
        }

        if (bondingRate < targetBondingRate) {
            inflation += inflationChange;
        } else if (bondingRate > targetBondingRate) {
            inflation = inflationChange > inflation ? 0 : inflation - inflationChange;
        }
    }

    function _livepeerToken() private view returns (ILivepeerToken) {
        return ILivepeerToken(_registered(keccak256("LivepeerToken")));
    }

    function _registered(bytes32 _id) private view returns (address) {
        return controller.getContract(_id);
    }
}
