"""What every array of labels holds where no class is known; elsewhere it holds class indices as uint8."""

UNLABELLED = 255
