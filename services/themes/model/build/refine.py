"""The refinement: the plain table is brought to give each sentence what the teacher gives it.

First the table is turned as a whole: the linear map that takes its sentence vectors nearest to the teacher's, reduced
to the principal directions of the sentences (least squares). Then its rows are learned, with Adam, so that sentences
come near the teacher's vectors (cosine) and stand to one another as the teacher has them (squared difference of the
similarities within a step), while no row that is used strays far from where it began. Rows that no sentence uses stay
where the map put them.
"""

import numpy
import torch
from tqdm import tqdm

from bags import cosines, without_empty
from directions import principal_directions
from settings import DIMENSIONS, EPOCHS, HELD_OUT_MOST, HELD_OUT_SHARE, HOLD, RATE, SIMILARITIES, STEP, TORCH_SEED


def mapped(table, bags, targets, texts):
    """The table (pieces x DIMENSIONS) after the linear map that brings its vectors of some texts nearest to their
    targets (texts x DIMENSIONS)."""
    vectors = bags.vectors(torch.from_numpy(table), texts).numpy()
    turn = numpy.linalg.lstsq(vectors, targets[texts.numpy()], rcond=None)[0]
    return table @ turn


def loss_of(table, began, bags, aims, texts):
    """How far a table is from what the teacher makes of some texts."""
    vectors, aimed = bags.vectors(table, texts), aims[texts]
    used = torch.unique(bags.of(texts)[0])
    apart = 1 - (vectors * aimed).sum(1).mean()
    relations = ((vectors @ vectors.T - aimed @ aimed.T) ** 2).mean()
    strayed = ((table[used] - began[used]) ** 2).sum(1).mean()
    return apart + SIMILARITIES * relations + HOLD * strayed


def refined(plain, bags, teacher):
    """The refined table (pieces x DIMENSIONS, float32), and its mean cosine to the teacher on held-out sentences:
    after the map alone, then after each epoch.

    `plain` is the table of the plain distillation, `teacher` the teacher's vectors of the sentences in `bags`.
    """
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    draw = torch.Generator().manual_seed(TORCH_SEED)
    _, directions = principal_directions(teacher, DIMENSIONS)
    targets = teacher.astype(numpy.float64) @ directions.T
    aims = torch.nn.functional.normalize(torch.from_numpy(targets).float(), dim=1)
    usable = without_empty(bags)
    usable = usable[torch.randperm(len(usable), generator=draw)]
    held = min(HELD_OUT_MOST, len(usable) // HELD_OUT_SHARE)
    held_out, learned = usable[:held], usable[held:]

    start = mapped(plain, bags, targets, learned)
    start /= numpy.linalg.norm(start, axis=1).mean()
    table = torch.nn.Parameter(torch.from_numpy(start).float())
    began = table.detach().clone()
    reached = [cosines(bags.vectors(began, held_out), aims[held_out])]
    adam = torch.optim.Adam([table], lr=RATE)
    with tqdm(total=EPOCHS * -(-len(learned) // STEP), desc="refinement", unit="step") as bar:
        for _ in range(EPOCHS):
            order = learned[torch.randperm(len(learned), generator=draw)]
            for texts in order.split(STEP):
                adam.zero_grad()
                loss_of(table, began, bags, aims, texts).backward()
                adam.step()
                bar.update()
            reached.append(cosines(bags.vectors(table.detach(), held_out), aims[held_out]))
            bar.set_postfix(cosine=f"{reached[-1]:.4f}")
    return table.detach().numpy(), reached
