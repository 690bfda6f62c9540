"""Networks of chips: files of weights in the formats that people have."""

import timm
import torch
import torchvision

from overseed.chips.networks import vgg_as_timm_has_it


def test_weights_of_vgg16_from_torchvision_fit():
    # Shapes alone: the network has 138 million weights.
    with torch.device("meta"):
        theirs = torchvision.models.vgg16().state_dict()
        own = timm.create_model("vgg16", num_classes=3).state_dict()
    for prefix in ("", "module."):
        found = vgg_as_timm_has_it({prefix + k: v for k, v in theirs.items()}, own)
        assert set(found) == {prefix + k for k in own}
        for key, value in own.items():
            if not key.startswith("head."):
                assert found[prefix + key].shape == value.shape, key


def test_dense_layers_keep_the_order_of_their_weights():
    dense = torch.arange(24.0).reshape(2, 12)
    own = {"pre_logits.fc1.weight": torch.empty(2, 3, 2, 2)}
    found = vgg_as_timm_has_it({"classifier.0.weight": dense}, own)
    torch.testing.assert_close(found["pre_logits.fc1.weight"], dense.reshape(2, 3, 2, 2))
